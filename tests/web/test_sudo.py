"""What endangers an account asks for the password once more, and is never open to a machine."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from carboy.context import utc_now
from carboy.web import doors, identity, public, requires_role, sudo
from carboy.web.identity import Identity, authenticator

ADA = UUID("0190a1b2-0000-7000-8000-000000000001")
MACHINE = Identity(None, frozenset({"machine"}), None, via="test:robot", ambient=False, proven_at=utc_now())


def by_seconds_since_the_password(asked):
    """Who is asked for by X-Test: a person by the seconds since they typed their password, or a machine."""
    said = asked.headers.get("X-Test")
    if said in (None, "machine"):
        return MACHINE if said else None
    proven_at = None if said == "never" else utc_now() - timedelta(seconds=float(said))
    return Identity(ADA, frozenset({"user"}), None, via="test", ambient=False, proven_at=proven_at)


@pytest.fixture
def every_door_is_open():
    """Here they are as they are in production."""
    return False


@pytest.fixture
def app(make_app):
    app = make_app(sudo_max_age=600)
    authenticator(app, by_seconds_since_the_password, challenge="Test")
    return app


def ask(app, said=None, path="/api/v1/email"):
    with time_machine.travel(0, tick=False):
        return app.test_client().get(path, headers={} if said is None else {"X-Test": said})


@pytest.mark.parametrize(
    ("said", "status"), [("0", 200), ("600", 200), ("601", 401), ("never", 401), ("-60", 200), ("machine", 403)]
)
def test_only_a_person_with_a_fresh_proof_comes_in(app, said, status):
    app.add_url_rule("/api/v1/email", "api_v1.email", sudo(lambda: "changed"))

    assert ask(app, said).status_code == status


def test_who_must_prove_it_again_is_told_so_and_how_old_a_proof_may_be(app):
    app.add_url_rule("/api/v1/email", "api_v1.email", sudo(lambda: "changed"))

    answer = ask(app, "601")

    assert answer.json["code"] == "reauthentication-required"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_user_authentication", max_age="600"'


def test_a_stranger_is_asked_who_they_are_and_not_for_a_password_again(app):
    app.add_url_rule("/api/v1/email", "api_v1.email", sudo(lambda: "changed"))

    answer = ask(app)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert "Test" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("noted", [lambda view: public(sudo(view)), lambda view: sudo(public(view))])
def test_a_proof_closes_a_view_that_says_it_is_public(app, noted):
    app.add_url_rule("/api/v1/email", "api_v1.email", noted(lambda: "changed"))

    assert [ask(app, said).status_code for said in (None, "601", "0")] == [401, 401, 200]
    assert "api_v1.email" not in doors.open_doors(app)


def test_a_door_that_is_opened_from_outside_asks_for_the_proof_all_the_same(app):
    app.add_url_rule("/api/v1/email", "api_v1.email", sudo(lambda: "changed"))

    doors.open_door(app, "api_v1.email")

    assert [ask(app, said).status_code for said in (None, "601")] == [401, 401]


def test_who_lacks_the_role_is_not_asked_for_a_password(app):
    app.add_url_rule("/api/v1/email", "api_v1.email", requires_role("admin")(sudo(lambda: "changed")))

    assert ask(app, "601").status_code == 403


def test_the_proof_is_asked_for_when_the_view_is_replaced_later(app):
    app.add_url_rule("/api/v1/email", "api_v1.email", sudo(lambda: "changed"))
    app.view_functions["api_v1.email"] = lambda: "other"

    assert [ask(app, said).status_code for said in ("601", "0")] == [401, 200]


@pytest.mark.parametrize(("said", "status"), [(None, 401), ("machine", 403), ("never", 200)])
def test_a_view_may_ask_for_a_person_by_itself(app, said, status):
    app.add_url_rule("/api/v1/me", "api_v1.me", public(lambda: str(identity.known_user().user_id)))

    answer = ask(app, said, "/api/v1/me")

    assert answer.status_code == status
    assert (answer.text == str(ADA)) is (status == 200)
