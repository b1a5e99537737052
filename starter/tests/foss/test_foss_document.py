"""What the API's document tells of the catalogue."""

import pytest
from documented import A_CHANGE, A_READ, ANYTHING, headers_of, statuses_of


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("foss_list_foss", A_READ),
        ("foss_get_foss", A_READ | {"304", "404"}),
        ("foss_create_foss", ANYTHING | {"201", "403", "409", "413"}),
        ("foss_replace_foss", A_CHANGE | {"200"}),
        ("foss_change_foss", A_CHANGE | {"200"}),
        ("foss_remove_foss", A_CHANGE | {"204"}),
    ],
)
def test_every_status_that_the_catalogue_can_answer_is_told(operations, name, statuses):
    assert statuses_of(operations[name]) == statuses


def test_a_project_is_made_once_and_changed_by_those_who_have_seen_it(operations):
    wanted = {
        "foss_create_foss": {"Idempotency-Key"},
        "foss_get_foss": {"If-None-Match"},
        "foss_replace_foss": {"If-Match"},
        "foss_change_foss": {"If-Match"},
        "foss_remove_foss": {"If-Match"},
    }

    assert {name: headers_of(operations[name]) for name in wanted} == wanted
