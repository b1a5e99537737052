"""The folder in which workers add up their numbers: whose it is, who knows of it, and when it goes."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import prometheus_client  # noqa: F401  (which looks at the environment when it is first imported)
import pytest

MASTER = """
import os, subprocess, sys
from carboy.ops.metrics import sharing
sharing.open_folder()
if "with a worker" in sys.argv and os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
print(sharing._Here.folder, flush=True)
print(subprocess.run(["env"], capture_output=True, text=True).stdout.count("carboy-metrics-"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def master(temporary):
    """Start a process that opens a folder; where that is, and what its children are told of it."""

    @contextmanager
    def start(*how):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        environ = os.environ | {"TMPDIR": str(temporary)}
        with subprocess.Popen([sys.executable, "-c", MASTER, *how], env=environ, **pipes) as process:
            yield process, process.stdout.readline().strip(), int(process.stdout.readline())
            process.kill()

    return start


def folders_in(temporary):
    return {str(folder) for folder in temporary.iterdir()}


@pytest.mark.long
def test_what_a_killed_server_left_is_gone_when_the_next_one_starts(master, temporary):
    with master() as (killed, left, _):
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
    assert folders_in(temporary) == {left}

    with master() as (_, new, _):
        assert folders_in(temporary) == {new}


@pytest.mark.long
def test_a_server_that_lives_keeps_its_folder_whoever_starts_beside_it(master, temporary):
    with master() as (_, one, _), master() as (_, other, _):
        assert folders_in(temporary) == {one, other}


@pytest.mark.long
def test_a_folder_is_kept_while_a_worker_still_counts_though_its_master_was_killed(master, temporary):
    with master("with a worker") as (killed, left, _):
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
        with master() as (_, new, _):
            assert folders_in(temporary) == {left, new}


@pytest.mark.long
def test_what_a_worker_starts_is_not_told_of_the_folder(master):
    with master() as (_, _, times_told):
        assert times_told == 0


def test_somebody_elses_folder_in_the_environment_changes_nothing(make_app, tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    token = "mT9-kQ4_wZ7bV2nR5x"
    client = make_app(metrics_token=token).test_client()

    client.get("/nowhere")

    assert 'status="404"} 1.0' in client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
