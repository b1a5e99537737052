"""Something fails under a steady load: what was acknowledged is there, and nothing was answered wrongly."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from load import Callers

from carboy.testing.servers import absent

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "chaos" / "sample"))  # servers that may be taken away

LOAD_SECONDS = 1.5  # of load before and after


@pytest.fixture
def servers():
    """A PostgreSQL and a Redis of this test alone."""
    from chaos_servers import Broker, OwnPostgreSQL

    held = OwnPostgreSQL(), Broker()
    yield held
    for server in held:
        server.end()


@pytest.fixture
def fortress(servers, kind, new_database, tmp_path):
    from fortress import Fortress

    postgresql, redis = servers
    database = postgresql.url if kind == "postgresql" else new_database(kind)
    fortress = Fortress(tmp_path, database, redis.url, PYTHONPATH=str(HERE / "sample"))
    try:
        fortress.open()
        fortress.start_worker()
        yield fortress
    finally:
        fortress.close()


def nothing(_fortress, _servers):
    pass


def postgresql_is_restarted(_fortress, servers):
    servers[0].restart()


def redis_is_away_and_comes_back_empty(_fortress, servers):
    servers[1].go()
    time.sleep(2)
    servers[1].come_back()


def redis_forgets_everything(_fortress, servers):
    servers[1].lose_everything()


def every_worker_is_killed(fortress, _servers):
    for worker in fortress.workers():
        os.kill(worker, signal.SIGKILL)


def the_worker_of_jobs_is_killed(fortress, _servers):
    fortress.kill_worker()
    fortress.start_worker()


def the_clock_of_one_server_is_half_a_minute_off(fortress, _servers):
    fortress.serve(GUNICORN_APP="stepped_shop:create_app()", CLOCK_IS_OFF="30")
    time.sleep(2)


def a_release_is_migrated_and_served_beside_the_old_one(fortress, _servers):
    newer = fortress.folder / "newer"
    shutil.copytree(
        HERE.parents[1] / "starter", newer, ignore=shutil.ignore_patterns("instance", "__pycache__", ".env.d")
    )
    migration = (HERE / "sample" / "a_newer_release.py").read_text()
    head = fortress.command("flask", "db", "heads").split()[0]
    (newer / "migrations" / "versions" / "a_newer_release.py").write_text(migration.replace("HEAD", head))
    fortress.command("flask", "db", "upgrade", folder=newer)
    fortress.serve(folder=newer)
    time.sleep(2)


FAULTS = {
    "nothing at all": nothing,
    "PostgreSQL is restarted": postgresql_is_restarted,
    "Redis is away, and comes back empty": redis_is_away_and_comes_back_empty,
    "Redis forgets everything": redis_forgets_everything,
    "every worker is killed": every_worker_is_killed,
    "the worker of jobs is killed": the_worker_of_jobs_is_killed,
    "a server's clock is half a minute off": the_clock_of_one_server_is_half_a_minute_off,
    "a release beside the old one, and a migration": a_release_is_migrated_and_served_beside_the_old_one,
}
MUST_BE_TOLD = ("PostgreSQL is restarted",)  # by /readyz
TRIED = [(name, "postgresql") for name in FAULTS] + [(name, "sqlite") for name in FAULTS if name not in MUST_BE_TOLD]


@pytest.mark.parametrize(("name", "kind"), TRIED)
def test_what_was_acknowledged_is_there_whatever_fails_meanwhile(fortress, servers, request, name):
    callers = Callers(fortress)
    callers.start()
    try:
        time.sleep(LOAD_SECONDS)
        FAULTS[name](fortress, servers)
        recovery = callers.wait_until_well(since=time.monotonic())
        time.sleep(LOAD_SECONDS)
    finally:
        callers.stop()
    assert fortress.is_well(within=30), fortress.said[-5000:]
    fortress.wait_for_jobs(callers)

    book, (lost, doubled), states = callers.book, callers.check(), callers.states_of_jobs()
    unfinished = sum(count for state, count in states.items() if state != "done")
    counts = (len(book.acknowledged), len(lost), len(doubled), len(book.jobs), unfinished, len(book.wrong))
    ready = Counter(status == 200 for _, status in book.readiness)
    row = [name + fortress.on_what, *map(str, counts), f"{ready[True]} yes, {ready[False]} no", f"{recovery:.1f} s"]
    request.node.user_properties.append(("faults", row))
    assert book.wrong == [], fortress.said[-5000:]
    assert (lost, doubled, unfinished) == (set(), set(), 0), (states, fortress.said[-5000:])
    assert book.acknowledged
    assert book.readiness[-1][1] == 200
    assert name not in MUST_BE_TOLD or 503 in {status for _, status in book.readiness}


@contextmanager
def _small_disk(folder):
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        absent("A disk that can be filled", "run the tests as root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("what_is_full", ["FILES_DIR", "TMPDIR"])
def test_a_full_disk_refuses_files_loses_none_and_takes_them_again(new_database, redis_server, tmp_path, what_is_full):
    from fortress import Fortress
    from uploads import Uploader

    with _small_disk(tmp_path / "small") as disk:
        fortress = Fortress(tmp_path, new_database("postgresql"), redis_server, **{what_is_full: str(disk)})
        try:
            fortress.open()
            uploader = Uploader(fortress)
            before = uploader.upload(5)
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(b"x" * 4096):
                    pass
            while_full = uploader.upload(5)
            well = fortress.ask("GET", "/readyz")[0]
            filler.unlink()
            after = uploader.upload(5)

            assert before == after == [201] * 5
            assert set(while_full) <= {503, 507}, while_full
            assert well == 200
            assert uploader.differing() == []
            assert [path.name for path in Path(fortress.environment["FILES_DIR"]).rglob("*.part*")] == []
        finally:
            fortress.close()
