"""What a deployed application refuses, one rule at a time."""

from secrets import token_hex, token_urlsafe

import pytest

from carboy.settings.weakness import weakness

STRONG = "uV0sT1qR2oP3mN4kL5iJ6gH7eF8cD9aB-wXyZ_"


def test_the_good_environment_passes(shop, good):
    assert shop.faults(good) == []


BAD = [
    ("SECRET_KEY", "", "is not set"),
    ("JWT_SECRET_KEY", "", "is not set"),
    ("SECRET_KEY", STRONG[:31], "too short"),
    ("JWT_SECRET_KEY", STRONG[:31], "too short"),
    ("SECRET_KEY", "ab" * 30, "too few different characters"),
    ("SECRET_KEY", f"Change-it-{STRONG}", "made up"),
    ("SECRET_KEY", f"my-secret-{STRONG}", "made up"),
    ("SECRET_KEY_FALLBACKS", f"{STRONG},short", "too short"),
    ("JWT_SECRET_KEY_FALLBACKS", f"{STRONG},short", "too short"),
    ("JWT_SECRET_KEY", "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH", "must differ from SECRET_KEY"),
    ("FLASK_DEBUG", "1", "must be off"),
    ("GUNICORN_RELOAD", "1", "must be off"),
    ("AUTH_THROTTLING", "off", "must be on"),
    ("BLACKLIST_STORAGE_TYPE", "memory", "must be database or redis"),
    ("BLACKLIST_STORAGE_TYPE", "redis", "REDIS_URL must be set"),
    ("CORS_ORIGINS", "*", "must name every origin"),
    ("CORS_ORIGINS", "https://a.example.org,null", "must name every origin"),
    ("CSRF_TRUSTED_ORIGINS", "*", "must name every origin"),
    ("CSRF_TRUSTED_ORIGINS", "https://a.example.org,null", "must name every origin"),
    ("APP_BASE_URL", "http://shop.example.org", "must begin with https://"),
    ("APP_BASE_URL", "https://shop.example.org/shop", "must end after the host"),
    ("APP_BASE_URL", "https://shop.example.org?a=b", "must end after the host"),
    ("APP_BASE_URL", "https://other.example.org", "must lead to a host of TRUSTED_HOSTS"),
    ("APP_BASE_URL", "https://a.shop.example.org", "must lead to a host of TRUSTED_HOSTS"),
    ("APP_BASE_URL", "", "must be set"),
    ("TRUSTED_HOSTS", "", "must be set"),
    ("DATABASE_URL", "sqlite:///shop.sqlite", "ALLOW_SQLITE_IN_PRODUCTION"),
    ("DATABASE_URL", "", "ALLOW_SQLITE_IN_PRODUCTION"),
    ("DATABASE_URL", "postgresql://shop:change-me@localhost/shop", "placeholder"),
]


@pytest.mark.parametrize("mode", ["staging", "production"])
@pytest.mark.parametrize(("variable", "value", "why"), BAD)
def test_one_bad_setting_is_refused_for_its_own_reason_and_no_other(shop, good, variable, value, why, mode):
    [fault] = shop.faults(good | {"FLASK_ENV": mode, variable: value})

    assert fault.startswith(variable)
    assert why in fault


@pytest.mark.parametrize(("variable", "value", "why"), BAD)
def test_development_lives_with_most_of_them(shop, good, variable, value, why):
    faults = shop.faults(good | {"FLASK_ENV": "development", variable: value})

    assert faults == [] or why == "REDIS_URL must be set"


GOOD_CHANGES = [
    {"DATABASE_URL": "sqlite:///shop.sqlite", "ALLOW_SQLITE_IN_PRODUCTION": "1"},
    {"DATABASE_URL": "mariadb://shop:pw@db/shop"},
    {"TRUSTED_HOSTS": ".example.org"},
    {"APP_BASE_URL": "https://shop.example.org:8443/"},
    {"BLACKLIST_STORAGE_TYPE": "redis", "REDIS_URL": "redis://cache"},
    {"CORS_ORIGINS": "https://a.example.org"},
    {"SECRET_KEY_FALLBACKS": STRONG},
]


@pytest.mark.parametrize("change", GOOD_CHANGES)
def test_what_is_allowed_in_production_passes(shop, good, change):
    assert shop.faults(good | change) == []


@pytest.mark.parametrize("draw", [lambda: token_urlsafe(48), lambda: token_hex(32), lambda: token_urlsafe(32)])
def test_keys_from_the_usual_generators_are_strong(draw):
    assert [found for found in (weakness(draw()) for _ in range(300)) if found] == []


def test_sixteen_different_characters_are_enough_and_fifteen_are_not():
    assert weakness("0123456789ABCDEF" * 2) is None
    assert weakness("0123456789ABCDE" * 3) == "is made of too few different characters"


def test_a_wrong_value_does_not_hide_what_the_rules_refuse(shop, good):
    faults = shop.faults(good | {"PORT": "many", "FLASK_DEBUG": "1", "TRUSTED_HOSTS": "a b"})

    assert sorted(fault.partition(" ")[0] for fault in faults) == ["FLASK_DEBUG", "PORT", "TRUSTED_HOSTS"]


AT_ODDS = [
    ("JWT_REFRESH_TOKEN_EXPIRES", {"SESSION_LIFETIME": "600", "SESSION_ABSOLUTE_LIFETIME": "604799"}),
    ("SESSION_ABSOLUTE_LIFETIME", {"SESSION_LIFETIME": "2592001"}),
    ("PASSWORD_MAX_LENGTH", {"PASSWORD_MIN_LENGTH": "129"}),
]


@pytest.mark.parametrize("mode", ["development", "testing", "production"])
@pytest.mark.parametrize(("named", "said"), AT_ODDS)
def test_two_settings_that_contradict_each_other_are_refused_everywhere(shop, good, named, said, mode):
    [fault] = shop.faults(good | {"FLASK_ENV": mode} | said)

    assert fault.startswith(named)


@pytest.mark.parametrize("mode", ["development", "testing"])
def test_what_is_over_at_the_same_moment_contradicts_nothing(shop, mode):
    assert shop.faults({"FLASK_ENV": mode, "SESSION_ABSOLUTE_LIFETIME": "604800"}) == []


def test_deployed_it_is_said_that_an_access_token_lives_long(shop, good):
    good["MAIL_URL"] = "smtp://mail.example.org"

    (warning,) = shop.load(good | {"JWT_ACCESS_TOKEN_EXPIRES": "3601"}).warnings

    assert warning.startswith("JWT_ACCESS_TOKEN_EXPIRES")
    assert shop.load(good | {"JWT_ACCESS_TOKEN_EXPIRES": "3600"}).warnings == ()
    assert shop.load({"JWT_ACCESS_TOKEN_EXPIRES": "3601"}).warnings == ()
