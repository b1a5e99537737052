"""A steady load, and its book-keeping: what was acknowledged, what was answered wrongly, when all were well again."""

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from uuid import uuid4

PAUSE_SECONDS = 0.02
# What may be answered while something is away: it is said, and nothing has happened.
MAY_BE_SAID = {409, 429, 503}


@dataclass
class Book:
    """What the callers have noted."""

    answers: Counter = field(default_factory=Counter)  # by what was asked and status, 0 for none
    acknowledged: set = field(default_factory=set)  # titles of todos
    jobs: set = field(default_factory=set)  # ids of accepted ones
    wrong: list = field(default_factory=list)
    readiness: list = field(default_factory=list)  # moments and statuses
    well: dict = field(default_factory=dict)  # when each caller was last answered well


class Callers:
    """Make and read todos, and ask for jobs, each on a way of its own; what is not answered is asked again."""

    def __init__(self, fortress, callers=4):
        self.book, self._fortress, self._stop = Book(), fortress, threading.Event()
        self._token, self._lock, self._numbers = fortress.sign_in(), threading.Lock(), count(1)
        ways = [self._call] * callers + [self._look]
        self._threads = [threading.Thread(target=way, args=(number,)) for number, way in enumerate(ways)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Let what is under way end; nothing new is begun."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_until_well(self, since, patience=60):
        """Wait until every caller was answered well after this moment; the seconds that it took."""
        callers = len(self._threads) - 1
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with self._lock:
                after = [moment for moment in self.book.well.values() if moment > since]
            if len(after) == callers:
                return max(after) - since
            time.sleep(0.05)
        raise AssertionError(f"Not all were well within {patience} s: {self.book.answers}, {self.book.wrong[:5]}")

    def check(self):
        """Look whether what was acknowledged is there, once, and what was accepted is done."""
        titles = Counter(self._titles())
        lost = {title for title in self.book.acknowledged if titles[title] == 0}
        doubled = {title for title in self.book.acknowledged if titles[title] > 1}
        return lost, doubled

    def states_of_jobs(self):
        return Counter(self._json("GET", f"/api/v1/jobs/{job}")["state"] for job in self.book.jobs)

    # -- what they do -------------------------------------------------------------------------------------

    def _call(self, number):
        while not self._stop.is_set():
            turn = next(self._numbers)
            with self._noted(number):
                if turn % 20 == 0:
                    self._accept_a_job()
                elif turn % 3 == 0:
                    self._read()
                else:
                    self._make()
            time.sleep(PAUSE_SECONDS)

    @contextmanager
    def _noted(self, number):
        try:
            yield
        except (OSError, HTTPException):
            with self._lock:
                self.book.answers["none", 0] += 1
        else:
            with self._lock:
                self.book.well[number] = time.monotonic()

    def _make(self):
        """Make a todo; until that is acknowledged, say the same with the same key."""
        title = uuid4().hex
        body = json.dumps({"title": title})
        if self._until_answered("POST", "/api/v1/todos", 201, body, {"Idempotency-Key": f"make-{title}"}):
            with self._lock:
                self.book.acknowledged.add(title)

    def _accept_a_job(self):
        key = {"Idempotency-Key": f"job-{uuid4().hex}"}
        if said := self._until_answered("POST", "/api/v1/todos/exports", 202, '{"format": "csv"}', key):
            with self._lock:
                self.book.jobs.add(json.loads(said)["id"])

    def _read(self):
        said = self._until_answered("GET", "/api/v1/todos?limit=20", 200)
        if said and not isinstance(json.loads(said).get("items"), list):
            self._complain(f"a list that is none: {said[:200]!r}")

    def _until_answered(self, method, path, good, body=None, headers=None):
        while True:
            try:
                status, said = self._ask(method, path, body, headers)
            except (OSError, HTTPException):
                if self._stop.is_set():
                    return None
                with self._lock:
                    self.book.answers["none", 0] += 1
                time.sleep(0.1)
                continue
            with self._lock:
                self.book.answers[f"{method} {path.partition('?')[0]}", status] += 1
            if status == good:
                return said
            if status not in MAY_BE_SAID:
                self._complain(f"{method} {path} was answered with {status}: {said[:300]!r}")
                return None
            if self._stop.is_set():
                return None
            time.sleep(0.1)

    def _look(self, _number):
        """Ask whether it is ready, all the time."""
        while not self._stop.is_set():
            try:
                status = self._fortress.ask("GET", "/readyz")[0]
            except (OSError, HTTPException):
                status = 0
            with self._lock:
                self.book.readiness.append((time.monotonic(), status))
            time.sleep(0.1)

    def _complain(self, sentence):
        with self._lock:
            self.book.wrong.append(sentence)

    def _ask(self, method, path, body=None, headers=None):
        known = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return self._fortress.ask(method, path, body, **known, **(headers or {}))

    def _json(self, method, path):
        status, said = self._ask(method, path)
        assert status == 200, said
        return json.loads(said)

    def _titles(self):
        cursor = ""
        while True:
            page = self._json("GET", f"/api/v1/todos?limit=100{cursor}")
            yield from (todo["title"] for todo in page["items"])
            if not page["next_cursor"]:
                return
            cursor = f"&cursor={page['next_cursor']}"
