"""Mixed traffic for a long while: what the starter holds at the end is what it held when it was warm."""

import json
import os
import secrets
import threading
import time
from statistics import median

import psycopg
import pytest
from fortress import PASSWORD
from load import Callers
from uploads import Uploader

from carboy import settings

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))
WARM_SECONDS = min(60.0, SECONDS / 4)
LOOKS = 12  # of the end, of which the median counts, as of the beginning
MOMENTS = ("at first", "after a third", "after two thirds", "in the end")
MORE = {
    "memory, MB": 25,
    "connections": None,
    "descriptors": 12,
    "threads": 4,
    "rows of events": 500,
    "files beside": 0,
}


@pytest.fixture
def fortress(build):
    fortress = build(PROXY_FIX="1,1,0,0,0")  # visitors come from addresses of their own
    fortress.start_worker()
    fortress.start_scheduler()
    return fortress


class Visitors(threading.Thread):
    """Look at pages, sign in and out, mistype a password, send and fetch files, ask for what is not there."""

    def __init__(self, fortress):
        super().__init__()
        self._fortress, self._stopped = fortress, threading.Event()
        self.asked, self.surprising = 0, []

    def run(self):
        uploader, address = Uploader(self._fortress), self._fortress.enrol()
        while not self._stopped.is_set():
            self._look("GET", "/", 200)
            self._look("GET", "/login", 200)
            self._look("GET", f"/{secrets.token_hex(8)}", 404)
            self._look("GET", "/api/v1/foss?limit=50", 200)
            self._look("POST", "/api/v1/tokens", 401, email=f"{secrets.token_hex(8)}@example.com", password="y")
            signed_in = json.loads(self._look("POST", "/api/v1/sessions", 201, email=address, password=PASSWORD))
            self._token = signed_in["session_token"]
            self._look("GET", "/api/v1/users/me", 200)
            self._look("DELETE", "/api/v1/sessions/current", 204)
            self._token = ""
            self._note("an upload", uploader.upload(1)[0], 201)
            uploader.take_away()
            time.sleep(0.05)

    _token = ""

    def _look(self, method, path, expected, **said):
        headers = {"X-Forwarded-For": f"10.0.{secrets.randbelow(250)}.{secrets.randbelow(250)}"}
        headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        headers |= {"Content-Type": "application/json"} if said else {}
        status, answer = self._fortress.ask(method, path, json.dumps(said).encode() if said else None, **headers)
        self._note(f"{method} {path}", status, expected)
        return answer

    def _note(self, what, status, expected):
        self.asked += 1
        if status != expected:
            self.surprising.append((what, status))

    def stop(self):
        self._stopped.set()
        self.join()


def files_beside(fortress):
    """Files that belong to nothing: none is left when nobody sends one."""
    return [path for path in (fortress.folder / "files").rglob("*.part*") if path.is_file()]


def held(fortress):
    """What it holds at this moment."""
    url = fortress.environment["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        (connections,) = connection.execute(others).fetchone()
        (events,) = connection.execute("SELECT count(*) FROM live_events").fetchone()
    descriptors, threads = fortress.descriptors_and_threads()
    figures = (fortress.megabytes(), connections, descriptors, threads, events, len(files_beside(fortress)))
    return dict(zip(MORE, figures, strict=True))


def connections_of_pools(fortress):
    """How many its processes keep at most, to write and to read: who answers, who does jobs, who looks at the clock."""
    return (len(fortress.workers()) + 2) * 2 * settings.of(fortress.app).database_pool_size


def looked_at(fortress, seconds):
    """The medians of a while."""
    found = []
    for _ in range(LOOKS):
        found.append(held(fortress))
        time.sleep(seconds / LOOKS)
    return {name: median(one[name] for one in found) for name in MORE}


def test_after_a_long_while_it_holds_what_it_held_when_it_was_warm(fortress, request):
    callers, visitors = Callers(fortress, callers=3), Visitors(fortress)
    callers.start()
    visitors.start()
    try:
        time.sleep(WARM_SECONDS)
        looks = [looked_at(fortress, WARM_SECONDS / 2)]
        for _ in MOMENTS[1:]:
            time.sleep((SECONDS - 3 * WARM_SECONDS) / 3)
            looks.append(looked_at(fortress, WARM_SECONDS / 2))
    finally:
        visitors.stop()
        callers.stop()
    fortress.wait_for_jobs(callers)

    for name in MORE:
        request.node.user_properties.append(("soak", [name, *(f"{look[name]:.0f}" for look in looks)]))
    asked = callers.book.answers.total() + visitors.asked
    request.node.user_properties.append(("soak", [f"requests in {SECONDS:.0f} s", "", "", "", f"{asked:,}"]))
    at_first, _, before, in_the_end = looks
    may_be = {name: at_first[name] + more for name, more in MORE.items() if more is not None}
    may_be["connections"] = connections_of_pools(fortress)  # they fill as threads happen to ask at once
    assert in_the_end["connections"] <= before["connections"] + 4
    assert {name: in_the_end[name] for name in MORE if in_the_end[name] > may_be[name]} == {}, looks
    assert callers.book.wrong == []
    assert visitors.surprising == []
    assert callers.check() == (set(), set())
