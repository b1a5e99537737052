"""Whatever the starter's document suggests can be sent to it, and every answer is as the document says."""

from io import BytesIO

import pytest
from flask import request
from generated_requests import attack

from carboy.accounts.table import Kind


def on(*databases):
    return pytest.mark.parametrize("starter_database_url", databases, indirect=True)


# The count asks for no name; whoever signs up with the example of the document signs in with its other one.
OPEN_TO_STRANGERS = {
    f"/api/v1/{path}"
    for path in ("demo/counts", "users", "tokens", "sessions", "password-resets", "email-confirmations")
}
ALL_BUT_FOSS = r"/api/v1/(?!foss)"
FOR_PEOPLE = r"/api/v1/(users|tokens|sessions|admin|password-resets|email-|people|todos)"
as_somebody = pytest.mark.parametrize(
    ("role", "kind"), [("user", Kind.API), ("admin", Kind.JWT)], ids=["a user", "an administrator"]
)


@pytest.mark.long
def test_a_short_run_finds_nothing(starter_app, key):
    phases = ("examples", "coverage", "fuzzing")

    found = attack(starter_app, seed=1, examples=2, key=key, phases=phases, but_for=FOR_PEOPLE)

    assert found.complaints == []
    assert found.requests.total() > 400


@pytest.mark.long
def test_a_short_run_of_somebody_who_is_signed_in_finds_nothing(starter_app, signed_in):
    ada = signed_in("user", Kind.API)

    found = attack(starter_app, seed=1, examples=2, signed_in=ada, phases=("examples", "fuzzing"))

    assert found.complaints == []
    assert {"/api/v1/users/me", "/api/v1/sessions"} <= found.changed


@pytest.mark.long
def test_a_run_complains_of_an_answer_that_is_not_as_promised(starter_app):
    @starter_app.after_request
    def lie(answer):
        if answer.is_json and answer.status_code == 200 and request.path == "/api/v1/calculator/add":
            answer.data = b'{"result": "many"}'
        return answer

    found = attack(starter_app, seed=1, examples=5, phases=("fuzzing",), but_for=r"/api/v1/(?!calculator)")

    assert found.complaints
    assert all("/calculator/add" in complaint for complaint in found.complaints)


@pytest.mark.long
def test_a_run_complains_of_a_door_that_is_open_and_promised_to_be_closed(starter_app, key):
    starter_app.extensions["carboy.doors"].opened.add("api_v1.foss.change_foss")

    found = attack(starter_app, seed=1, examples=5, key=key, phases=("examples", "fuzzing"), but_for=ALL_BUT_FOSS)

    assert found.complaints
    assert all("authentication" in complaint for complaint in found.complaints)


@pytest.mark.long
@on("postgresql")
def test_thousands_of_requests_of_a_known_machine_find_nothing_wherever_they_walk(starter_app, key):
    # What is for people is shut to a machine: it would stand before closed doors most of the time, and walk nowhere.
    runs = [attack(starter_app, seed=seed, examples=70, key=key, but_for=FOR_PEOPLE) for seed in (1, 2, 3)]

    assert [complaint for found in runs for complaint in found.complaints] == []
    assert all(found.requests.total() >= 1000 for found in runs)
    assert set().union(*(found.walked for found in runs)) == {"GET", "PUT", "PATCH", "DELETE"}


@pytest.mark.long
@on("sqlite")  # on PostgreSQL they come from outside: tests/siege/test_attacks.py
@as_somebody
def test_thousands_of_requests_of_somebody_who_is_signed_in_find_nothing(starter_app, signed_in, role, kind):
    found = attack(starter_app, seed=7, examples=20, signed_in=signed_in(role, kind))

    assert found.complaints == []
    assert found.requests.total() >= 1000
    assert {"/api/v1/users/me", "/api/v1/users/me/password", "/api/v1/sessions/current"} <= found.changed
    assert any(path.startswith("/api/v1/admin/") for path in found.changed) == (role == "admin")


@pytest.mark.long
@on("sqlite")
def test_thousands_of_requests_of_a_stranger_find_nothing_and_change_nothing_but_what_doors_say(starter_app):
    runs = [attack(starter_app, seed=seed, examples=40) for seed in (4, 5)]

    assert [complaint for found in runs for complaint in found.complaints] == []
    assert all(found.requests.total() >= 1000 for found in runs)
    assert set().union(*(found.changed for found in runs)) <= OPEN_TO_STRANGERS


SECRET = "what only Grace knows"
ALL_BUT_TODOS = r"/api/v1/(?!todos|jobs)"


@pytest.fixture
def leaks(starter_app):
    """Where an answer to a user had what only somebody else may see."""
    found = []

    @starter_app.after_request
    def look(answer):
        asker = request.headers.get("X-Asker")
        if not (asker or answer.direct_passthrough) and SECRET.encode() in answer.data:
            found.append(request.url)
        return answer

    return found


@pytest.fixture
def secret_todo(starter_app, signed_in, leaks):
    """A todo of somebody else, with a file; called, it says what has become of it."""
    client, token = starter_app.test_client(), signed_in("user", Kind.API)()
    grace = {"headers": {"Authorization": f"Bearer {token}", "X-Asker": "Grace"}}
    todo = client.post("/api/v1/todos", json={"title": SECRET, "notes": SECRET}, **grace).json
    file = {"file": (BytesIO(SECRET.encode()), "secret.txt", "text/plain")}
    assert client.post(f"/api/v1/todos/{todo['id']}/attachments", data=file, **grace).status_code == 201
    return lambda: client.get(f"/api/v1/todos/{todo['id']}", **grace).json


@pytest.mark.long
@on("sqlite", "postgresql")
@pytest.mark.parametrize("kind", [Kind.API, Kind.JWT])
def test_whatever_one_user_sends_the_todo_of_another_is_neither_seen_nor_changed(
    starter_app, signed_in, secret_todo, leaks, kind
):
    before = secret_todo()

    found = attack(starter_app, seed=11, examples=30, signed_in=signed_in("user", kind), but_for=ALL_BUT_TODOS)

    assert found.complaints == []
    assert found.requests.total() >= 500
    assert "/api/v1/todos" in found.changed
    assert leaks == []
    assert secret_todo() == before
