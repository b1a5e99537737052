"""Six at the same moment with one key put one project into the starter's catalogue, on every database."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hostile_forms import JSON

from starter.foss.backend import FossBackend

REPEATS = 6

pytestmark = pytest.mark.parametrize(
    "starter_database_url", ["sqlite", "postgresql", "mariadb"], indirect=True, scope="session"
)


@pytest.fixture
def name():
    """A name of this test alone, for its project and its key: MariaDB locks, for a while, what another has removed."""
    return f"project {uuid4()}"


@pytest.fixture
def post(starter_app, key, name):
    """Send a project with a key, from a client of its own."""

    def request(idempotency_key="", **said):
        body = {"name": name, "licence": "MIT"} | said
        headers = [JSON, ("X-API-Key", key), ("Idempotency-Key", f"{name[-36:]}{idempotency_key}")]
        return starter_app.test_client().post("/api/v1/foss", data=json.dumps(body), headers=headers)

    return request


@pytest.fixture
def at_once():
    """Call a function six times at the same moment, with the number of the caller, and return what came of it."""

    def call(function):
        gate = threading.Barrier(REPEATS, timeout=30)
        with ThreadPoolExecutor(REPEATS) as threads:
            return list(threads.map(lambda number: (gate.wait(), function(number))[1], range(REPEATS)))

    return call


@pytest.fixture
def production_like(starter_app):
    """Crashes are answered, as they are where it counts."""
    starter_app.testing = False
    starter_app.config["PROPAGATE_EXCEPTIONS"] = False
    yield
    starter_app.testing = True
    starter_app.config["PROPAGATE_EXCEPTIONS"] = None


def replays(answers):
    return [answer for answer in answers if answer.headers.get("Idempotent-Replayed") == "true"]


def test_six_at_once_are_one_project_and_five_replays(post, stored, at_once, name):
    answers = at_once(lambda _: post())

    assert len(replays(answers)) == REPEATS - 1
    assert {(one.status_code, one.data, one.location, one.headers["ETag"]) for one in answers} == {
        (201, answers[0].data, f"/api/v1/foss/{answers[0].json['id']}", '"1"')
    }
    projects, keys = stored()
    assert ([str(project.id) for project in projects], keys) == ([answers[0].json["id"]], [name[-36:]])


def test_six_at_once_with_keys_of_their_own_are_one_project_and_five_clashes(post, stored, at_once):
    answers = at_once(lambda number: post(idempotency_key=f"k{number}"))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (REPEATS - 1)
    assert replays(answers) == []
    assert [len(rows) for rows in stored()] == [1, 1]


def test_six_at_once_who_want_different_things_with_one_key_get_one_of_them(post, stored, at_once):
    answers = at_once(lambda number: post(description=f"number {number}"))

    refused = [answer.json["code"] for answer in answers if answer.status_code == 422]
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (REPEATS - 1)
    assert set(refused) == {"idempotency-key-reused"}
    assert [len(rows) for rows in stored()] == [1, 1]


def test_six_at_once_who_are_refused_leave_nothing_and_may_be_mended_with_the_same_key(post, stored, at_once):
    answers = at_once(lambda _: post(name="E"))
    left = stored()

    mended = post()

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(422, "invalid")}
    assert left == ([], [])
    assert (mended.status_code, replays([mended])) == (201, [])


def test_six_at_once_whose_name_is_taken_leave_no_key(post, stored, at_once):
    first = post(idempotency_key="other")

    answers = at_once(lambda _: post())

    # On MariaDB several that wait for one that is refused may look like a deadlock: those are told to come back.
    assert {answer.status_code for answer in answers} - {503} == {409}
    assert [[str(row.id) for row in stored()[0]], len(stored()[1])] == [[first.json["id"]], 1]


@pytest.mark.usefixtures("production_like")
def test_six_at_once_where_the_first_crash_are_one_project_in_the_end(post, stored, at_once, monkeypatch, name):
    add, crashes = FossBackend.add, iter([True, True])

    def add_or_crash(backend, foss):
        add(backend, foss)
        if next(crashes, False):
            raise RuntimeError("power cut")

    monkeypatch.setattr(FossBackend, "add", add_or_crash)

    answers = at_once(lambda _: post())
    after = post()

    assert {answer.status_code for answer in answers} <= {201, 500, 503}
    assert sum(answer.status_code == 500 for answer in answers) == 2
    assert (after.status_code, len(replays([after]))) in {(201, 0), (201, 1)}
    assert ([project.name for project in stored()[0]], len(stored()[1])) == ([name], 1)
