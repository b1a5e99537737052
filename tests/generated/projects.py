"""Projects that are made as somebody makes theirs: from a wheel, in an empty environment, by the README."""

import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from carboy.testing.servers import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 300

# Everything, nothing that is optional, and each of the three alone.
PROJECTS = {
    "shop": (),
    "larder": ("todos", "foss", "calculator"),
    "pantry": ("foss", "calculator"),
    "my_cellar": ("todos", "calculator"),
    "abacus_of_ada": ("todos", "foss"),
}

_OURS = ("CARBOY_", "DATABASE_URL", "FLASK_", "GIT_", "PYTEST_", "PYTHON", "SECRET_KEY", "TEST_", "VIRTUAL_ENV")
_WHO = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
_WHO |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "ada@example.com"}


def surroundings(**more):
    """The environment of somebody's shell: nothing of these tests, and no server that must be there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    binaries = str(Path(sys.executable).parent)
    path = os.pathsep.join(one for one in kept["PATH"].split(os.pathsep) if one != binaries)
    return kept | {"PATH": path, "CI": ""} | _WHO | more


def run(*words, folder, **more):
    """Run it, and return its exit code and all that it said."""
    said = subprocess.run(
        list(map(str, words)),
        cwd=folder,
        env=surroundings(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return said.returncode, said.stdout


@dataclass
class Stopwatch:
    """How long steps take: for whoever waits, and for the machine, which may have other things to do."""

    waited: dict[str, float] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)
    slowness: float = 1

    @contextmanager
    def timed(self, step):
        began, before = time.monotonic(), _work_of_children()
        yield
        self.waited[step], self.worked[step] = time.monotonic() - began, _work_of_children() - before

    def __str__(self):
        steps = [f"{step} {self.waited[step]:.1f} s ({self.worked[step]:.1f} s of work)" for step in self.waited]
        return (
            f"{', '.join(steps)}: {sum(self.waited.values()):.1f} s, {self.slowness:.1f} times slower than it could be"
        )


def slowness():
    """How many times slower this machine is now than it was, with nothing else to do, when aims were set."""
    before = _work_of_children()
    subprocess.run([sys.executable, "-c", "import flask, sqlalchemy.orm, pydantic"], check=True)
    return max(1, (_work_of_children() - before) / 0.35)


def _work_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Project:
    """A project that was made, and the programs that it is worked on with; none, where it makes its own."""

    folder: Path
    binaries: Path | None = None

    def make(self, *words):
        return run(*self._make(*words), folder=self.folder)

    @contextmanager
    def running(self):
        """Start it as its README says, and give its address."""
        port = free_port()
        with (self.folder.parent / f"{self.folder.name}.log").open("w") as log:
            process = subprocess.Popen(
                self._make("run"),
                cwd=self.folder,
                env=surroundings(PORT=str(port)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                address = f"http://127.0.0.1:{port}"
                _wait_for(address, process, log)
                yield address
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(60)

    def _make(self, *words):
        return ["make", f"BIN={self.binaries}" if self.binaries else f"PYTHON={sys.executable}", *words]


def asked(url):
    """The status and the text that are answered."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _wait_for(address, process, log):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, Path(log.name).read_text()
        try:
            asked(f"{address}/")
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(Path(log.name).read_text())
