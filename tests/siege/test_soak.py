"""Mixed traffic for a long while: what the starter holds at the end is what it held when it was warm."""

import os
import secrets
import threading
import time
from statistics import median

import psycopg
import pytest
from load import Callers
from uploads import Uploader

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("SOAK_SECONDS", "300"))
WARM_SECONDS = min(60.0, SECONDS / 4)
LOOKS = 12  # of the end, of which the median counts, as of the beginning
MORE = {"memory, MB": 25, "connections": 4, "descriptors": 12, "threads": 4, "rows of events": 500, "files beside": 0}


@pytest.fixture
def fortress(build):
    fortress = build()
    fortress.start_worker()
    fortress.start_scheduler()
    return fortress


class Visitors(threading.Thread):
    """Log in and out, look at pages, send and fetch files, ask for what is not there."""

    def __init__(self, fortress):
        super().__init__()
        self._fortress, self._stopped = fortress, threading.Event()
        self.answers = []

    def run(self):
        uploader, token = Uploader(self._fortress), self._fortress.sign_in()
        known = {"Authorization": f"Bearer {token}"}
        turns = [
            lambda: self._fortress.ask("GET", "/")[0],
            lambda: self._fortress.ask("GET", "/login")[0],
            lambda: self._fortress.ask("GET", f"/{secrets.token_hex(8)}")[0],
            lambda: self._fortress.ask("GET", "/api/v1/foss?limit=50")[0],
            lambda: self._fortress.ask("PATCH", "/api/v1/users/me", b"{}", **known)[0],
            lambda: self._fortress.ask("POST", "/api/v1/tokens", b'{"email": "x@example.com", "password": "y"}')[0],
            lambda: uploader.upload(1)[0],
        ]
        while not self._stopped.is_set():
            for turn in turns:
                self.answers.append(turn())
            uploader.take_away()
            time.sleep(0.05)

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
        at_first = looked_at(fortress, WARM_SECONDS / 2)
        time.sleep(max(SECONDS - 2 * WARM_SECONDS, 0))
        in_the_end = looked_at(fortress, WARM_SECONDS / 2)
    finally:
        visitors.stop()
        callers.stop()
    fortress.wait_for_jobs(callers)

    for name in MORE:
        request.node.user_properties.append(("soak", [name, f"{at_first[name]:.0f}", f"{in_the_end[name]:.0f}"]))
    asked = callers.book.answers.total() + len(visitors.answers)
    request.node.user_properties.append(("soak", [f"requests in {SECONDS:.0f} s", "", f"{asked:,}"]))
    assert {name: in_the_end[name] for name in MORE if in_the_end[name] > at_first[name] + MORE[name]} == {}, at_first
    assert callers.book.wrong == []
    assert {status for status in visitors.answers if status >= 500} == set()
    assert callers.check() == (set(), set())
