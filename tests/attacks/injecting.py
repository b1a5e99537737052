"""sqlmap let loose on one address of an application that is served: what it asked, and what it found."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from serving import served

from carboy.testing.servers import absent
from carboy.web.csrf import FIELD

SQLMAP = Path(sys.executable).with_name("sqlmap")

# Nothing that is seen by how long it takes: a machine that is busy looks like a database that sleeps.
THOROUGH = ["--technique=BEUQ", "--level=2", "--risk=1"]
QUIET = ["--batch", "--flush-session", "--disable-coloring", "--ignore-code=*"]
FOUND = re.compile(r"^Parameter: (.+)$", re.MULTILINE)
TRIED = re.compile(r"parameter '(?:JSON )?(.+?)' does not seem to be injectable")


@dataclass(frozen=True)
class Target:
    """Where to strike: with what a good request brings, and by whom it is sent."""

    path: str
    form: str = ""
    json: str = ""
    by: str = ""

    @property
    def parameters(self):
        """Their names."""
        return set(loads(self.json) if self.json else parse_qs(self.form or urlsplit(self.path).query))


@dataclass(frozen=True)
class Strike:
    """What came of it."""

    injectable: list
    tried: set
    answers: Counter = field(default_factory=Counter)  # by status
    said: str = ""


def strike(app, target, folder, *, headers=()):
    """Send this address what may end up in SQL, in every parameter that it has."""
    if not SQLMAP.exists():
        absent("sqlmap", "pip install sqlmap")
    counted = _Counted(app, urlsplit(target.path).path)
    with served(counted) as address:
        order = [SQLMAP, *THOROUGH, *QUIET, f"--output-dir={folder}", *_aimed(target, address)]
        order += [f"--header={name}: {value}" for name, value in headers]
        said = _run(order, folder)
    return Strike(FOUND.findall(said), set(TRIED.findall(said)), counted.answers, said)


def _aimed(target, address):
    yield f"--url={address}{target.path}"
    if target.json:
        yield from (f"--data={target.json}", "--header=Content-Type: application/json")
    if target.form:
        # As the page sends it, with a token that is asked for anew each time.
        yield from (f"--data={target.form}&{FIELD}=", f"--csrf-token={FIELD}", f"--csrf-url={address}{target.path}")
        yield "--header=Sec-Fetch-Site: same-origin"


class _Counted:
    """Counts the answers at this path, whoever gives them."""

    def __init__(self, app, path):
        self._app, self._path, self.answers = app, path, Counter()

    def __call__(self, environ, start_response):
        def start(status, *more):
            if environ["PATH_INFO"] == self._path:
                self.answers[int(status[:3])] += 1
            return start_response(status, *more)

        return self._app(environ, start)


def _run(order, folder):
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    ended = subprocess.run(order, env=environment, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "[*] ending" in ended.stdout, ended.stdout + ended.stderr
    return ended.stdout
