"""How live events travel is right without a setting, and refused where nobody would hear them."""

import pytest


@pytest.mark.parametrize(
    ("mode", "variables", "manager"),
    [
        ("development", {}, "database"),
        ("development", {"REDIS_URL": "redis://localhost/0"}, "redis"),
        ("testing", {"REDIS_URL": "redis://localhost/0"}, "memory"),
        ("development", {"REDIS_URL": "redis://localhost/0", "LIVE_MANAGER": "database"}, "database"),
    ],
)
def test_live_events_travel_by_what_is_there(shop, mode, variables, manager):
    assert shop.load(variables, mode=mode).live_manager == manager


def test_live_events_through_redis_need_one(shop):
    assert "LIVE_MANAGER (" in str(shop.faults({"LIVE_MANAGER": "redis"}))


def test_a_deployed_application_has_more_than_one_process_to_tell(shop):
    assert "LIVE_MANAGER (" in str(shop.faults({"FLASK_ENV": "production", "LIVE_MANAGER": "memory"}))
