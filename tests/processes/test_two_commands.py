"""What a newcomer does: clone, `make run`, `make test`. Nothing but Python and make is there.

It runs what README.md shows.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from carboy.testing.servers import free_port, wait_for_port

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.long

# Most of it is the index of packages, which has its own bad days. Another test says how long a page takes.
PATIENCE_SECONDS = 300


@pytest.fixture(scope="module")
def clone(new_place):
    """The files of the repository, as a fresh clone has them."""
    folder = new_place("clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def make_run(clone, server_at):
    def start(**variables):
        return _make_run(clone, server_at, **variables)

    return start


def _make_run(clone, server_at, **variables):
    port = free_port()
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("FLASK", "VIRTUAL_ENV", "PYTEST"))
    }
    with (clone / "run.log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env=clean | {"PORT": str(port)} | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return server_at(port, process, clone / "run.log")


def visit(server):
    try:
        wait_for_port(server.port, server.process, patience=PATIENCE_SECONDS)
        return [server.get(path)[0] for path in ("/", "/health", "/livez", "/readyz")]
    finally:
        server.end(signal.SIGINT)


def test_make_run_answers_and_again_without_the_network(clone, make_run, record_property):
    began = time.monotonic()
    first = make_run()
    answers = visit(first)
    record_property("measured", f"`make run` in a fresh clone: {time.monotonic() - began:.1f} s")

    again = visit(make_run(PIP_NO_INDEX="1", UV_OFFLINE="1"))

    assert answers == again == [200, 200, 200, 200]
    assert f"http://127.0.0.1:{first.port}/" in first.said or first.port_is_free()
    assert oct((clone / "starter/.env.d/.env.development").stat().st_mode & 0o777) == "0o600"
    assert first.port_is_free()


def test_keys_are_never_offered_to_git():
    paths = ["starter/.env.d/.env.development", ".env.d/.env.production", "starter/instance/a.sqlite", "starter/.env"]

    ignored = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ignored.stdout.split() == paths


def test_make_test_sets_itself_up(clone):
    command = ["make", "test", "ARGS=tests/web/test_sub_path.py tests/data/test_looking_up.py -p no:cacheprovider"]

    finished = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " passed" in finished.stdout
