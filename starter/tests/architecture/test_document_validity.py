"""The API's document is valid, and tells a client all it needs to know of every operation."""

import jsonschema_rs
import pytest
from documented import A_READ, ANYTHING, headers_of, statuses_of
from openapi_spec_validator import OpenAPIV31SpecValidator

# What nobody can ask who is signed in already, or holds nothing but a link.
SIGNING_IN = {
    "accounts_register", "accounts_create_tokens", "accounts_refresh_tokens", "accounts_create_session",
    "accounts_renew_session", "accounts_ask_for_password_reset", "accounts_reset_password",
    "accounts_ask_for_confirmation", "accounts_confirm_email", "accounts_change_email",
}  # fmt: skip


def test_it_is_valid(said):
    OpenAPIV31SpecValidator(said).validate()


def test_every_operation_has_a_name_of_its_own_a_tag_a_summary_and_its_security(said, operations):
    written = [operation for path in said["paths"].values() for operation in path.values()]

    assert len(operations) == len(written)
    assert [name for name, one in operations.items() if not (one["tags"] and one["summary"])] == []
    known = [{"apiKey": []}, {"bearer": []}]
    assert [name for name, one in operations.items() if one["security"] not in (known, [{}, *known])] == []


def test_strangers_may_change_nothing_but_try_the_demonstration(operations):
    changes = {name for name, one in operations.items() if "413" in one["responses"]}
    closed = {name for name, operation in operations.items() if {} not in operation["security"]}

    assert changes - closed == {"home_start_count", "jobs_cancel_job", *SIGNING_IN}


def test_every_body_has_an_example_that_fits_it(said, operations):
    examples = {
        name: said["components"]["schemas"][reference.rpartition("/")[2]].get("examples", [])
        for name, operation in operations.items()
        if (reference := _body_of(operation))
    }

    assert {"accounts_register", "accounts_create_tokens"} < set(examples)
    for name, shown in examples.items():
        validator = jsonschema_rs.validator_for({"$ref": _body_of(operations[name]), "components": said["components"]})
        assert shown, name
        assert all(validator.is_valid(one) for one in shown), name


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("home_start_count", ANYTHING | {"202", "403", "409", "413"}),
        ("jobs_get_job", A_READ | {"304", "404"}),
        ("jobs_cancel_job", ANYTHING | {"204", "403", "404", "409", "413"}),
    ],
)
def test_every_status_that_an_operation_can_answer_is_told(operations, name, statuses):
    assert statuses_of(operations[name]) == statuses


def test_what_is_made_can_be_made_once_and_what_is_changed_can_be_conditional(operations):
    wanted = {
        "accounts_ask_for_confirmation": {"Idempotency-Key"},
        "accounts_ask_for_email_change": {"Idempotency-Key"},
        "accounts_ask_for_password_reset": {"Idempotency-Key"},
        "home_start_count": {"Idempotency-Key"},
        "jobs_get_job": {"If-None-Match"},
    }

    assert {name: headers_of(operations[name]) for name in wanted} == wanted


def _body_of(operation):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return content["schema"]["$ref"] if content else None
