"""SQLite has one writer at a time: they queue, each gets a turn, and nobody who only reads is kept waiting."""

import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from data_processes import hold_the_turn, open_anew, write_greedily
from data_sample import Person, Sample
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from carboy.data import Database
from carboy.data.faults import DatabaseBusy
from carboy.errors import SetupError

LOCKS = Path("/proc/locks")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "writers_test.sqlite"


@pytest.fixture
def url(path):
    database = Database(f"sqlite:///{path}")
    Sample.metadata.create_all(database.engine())
    with database.transaction() as session:
        session.add(Person(name="Ada"))
    database.close()
    return f"sqlite:///{path}"


@pytest.fixture
def database(url, make_database):
    return make_database(url)


def write(database):
    with database.transaction() as session:
        session.execute(update(Person).values(visits=Person.visits + 1))


def visits(database):
    with database.reading() as session:
        return session.scalar(select(Person.visits).where(Person.name == "Ada"))


def queued():
    return [thread for thread in threading.enumerate() if thread.name == "carboy-writer-turn"]


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)


def test_a_writer_whose_patience_ends_is_told_busy_and_the_queue_works_on(url, database, make_database):
    hasty = make_database(url, patience=0.3)

    with database.transaction():
        write(database)
        started = time.monotonic()
        with pytest.raises(DatabaseBusy, match=r"0\.3 s"):
            threaded(write, hasty)
        waited = time.monotonic() - started

    assert 0.3 <= waited < 1.3
    write(hasty)
    assert visits(database) == 2
    until(lambda: not queued())


def threaded(function, *arguments):
    """Call it in another thread, so that it joins no scope of this one."""
    errors = []

    def run():
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    if errors:
        raise errors[0]


@pytest.mark.long
def test_a_turn_that_comes_too_late_goes_to_the_next(url, database, make_database, beside):
    hasty = make_database(url, patience=0.1)

    with database.transaction():
        write(database)
        with pytest.raises(DatabaseBusy):
            threaded(write, hasty)
        patient = beside(write, database)
        until(lambda: len(queued()) == 2)

    patient.result(timeout=10)
    assert visits(database) == 2


def test_a_writer_that_was_interrupted_while_it_waited_keeps_no_turn(url, database, beside):
    begun, done = threading.Event(), threading.Event()

    def hold():
        with database.transaction() as session:
            session.execute(text("SELECT 1"))
            begun.set()
            done.wait(10)

    def interrupt(*_):
        raise KeyboardInterrupt

    holding = beside(hold)
    begun.wait(5)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    with pytest.raises(KeyboardInterrupt):
        write(database)
    signal.signal(signal.SIGALRM, before)
    done.set()
    holding.result()

    beside(write, database).result(timeout=10)
    assert visits(database) == 1


# Strictly in turn it would be one; the first turn of a sleeper may come a little later.
MOST_TURNS_OF_OTHERS = 5


UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys, threading, time
from sqlalchemy import text
from carboy.data import Database
from carboy.data.faults import DatabaseBusy

database, hasty = Database(sys.argv[1]), Database(sys.argv[1], patience=0.1)

def write(database, seconds):
    try:
        with database.transaction() as session:
            session.execute(text("UPDATE data_person SET visits = visits + 1"))
            time.sleep(seconds)
    except DatabaseBusy:
        print("busy", flush=True)

writers = [threading.Thread(target=write, args=(one, 0.3)) for one in (database, database, hasty)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
"""


@pytest.mark.long
def test_greenlets_that_wait_for_their_turn_stop_nobody(url, database):
    finished = subprocess.run([sys.executable, "-c", UNDER_GEVENT, url], capture_output=True, text=True, timeout=20)

    assert (finished.stdout, finished.returncode) == ("busy\n", 0), finished.stderr
    assert visits(database) == 2


@pytest.mark.skipif(not LOCKS.exists(), reason="the kernel does not tell here who waits for a lock")
def test_writers_come_in_the_order_in_which_they_began_to_wait(path, database, beside):
    inode = f":{path.with_name('writers_test.sqlite-writers').stat().st_ino} "
    order = []

    def write_as(number):
        with database.transaction() as session:
            session.execute(update(Person).values(visits=number))
            order.append(number)

    with database.transaction():
        write(database)
        for number in range(8):
            beside(write_as, number)
            until(lambda: sum("->" in line and inode in line for line in LOCKS.read_text().splitlines()) > number)  # noqa: B023
    until(lambda: len(order) == 8)

    assert order == list(range(8))


def test_nobody_who_writes_without_a_pause_can_starve_another_thread(database):
    enough, greedy_turns = threading.Event(), []

    def greed():
        while not enough.is_set():
            write(database)
            greedy_turns.append(1)

    greedy = threading.Thread(target=greed)
    greedy.start()
    until(lambda: greedy_turns)
    before = len(greedy_turns)
    for _ in range(20):
        write(database)
    overtaken = len(greedy_turns) - before
    enough.set()
    greedy.join()

    assert overtaken / 20 < MOST_TURNS_OF_OTHERS


@pytest.mark.long
def test_nobody_who_writes_without_a_pause_can_starve_another_process(url, database, process):
    spawn = get_context("spawn")
    begun, enough = spawn.Event(), spawn.Event()
    greedy = process(write_greedily, url, begun, enough)
    begun.wait(20)

    before = visits(database)
    for _ in range(20):
        write(database)
    overtaken = visits(database) - before - 20
    enough.set()
    greedy.join(10)

    assert overtaken / 20 < MOST_TURNS_OF_OTHERS


@pytest.mark.long
def test_a_killed_process_frees_its_turn(url, database, process):
    begun = get_context("spawn").Event()
    holder = process(hold_the_turn, url, begun)
    assert begun.wait(20)

    holder.kill()
    write(database)

    assert visits(database) == 1


def test_another_program_that_locks_the_file_makes_writers_busy_and_readers_none(path, url, make_database):
    hasty = make_database(url, patience=0.2)
    other_program = sqlite3.connect(path, isolation_level=None)
    other_program.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseBusy):
        write(hasty)
    assert visits(hasty) == 0

    other_program.close()
    write(hasty)
    assert visits(hasty) == 1


@pytest.mark.long
def test_processes_that_make_a_new_file_at_the_same_moment_all_succeed(tmp_path, processes, make_database):
    for number in range(3):
        url = f"sqlite:///{tmp_path}/folder {number}/new_test.sqlite"

        for future in [processes.submit(open_anew, url, 4) for _ in range(4)]:
            future.result(60)

        with make_database(url).reading() as session:
            assert session.scalar(text("SELECT count(*) FROM data_new")) == 4


def test_the_queue_is_a_file_beside_the_database_that_nobody_else_can_read(path, database):
    write(database)

    lock_file = path.with_name("writers_test.sqlite-writers")
    assert lock_file.read_bytes() == b""
    assert stat.S_IMODE(lock_file.stat().st_mode) == 0o600


def test_nested_transactions_take_one_turn(database):
    with database.transaction():
        write(database)
        write(database)

    assert visits(database) == 2


@pytest.mark.parametrize("folder", ["", "folder/"])
def test_reading_a_file_that_is_missing_creates_nothing(tmp_path, make_database, folder):
    database = make_database(f"sqlite:///{tmp_path}/{folder}missing_test.sqlite")

    with pytest.raises(OperationalError), database.reading() as session:
        session.execute(text("SELECT 1"))

    assert list(tmp_path.iterdir()) == []


def test_a_transaction_that_only_reads_so_far_has_the_lock_that_it_will_write_with(path, database):
    other_program = sqlite3.connect(path, isolation_level=None, timeout=0)

    with database.transaction() as session:
        session.scalars(select(Person)).all()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other_program.execute("BEGIN IMMEDIATE")
        session.execute(update(Person).values(visits=1))

    other_program.close()
    assert visits(database) == 1


def test_reading_takes_no_turn(path, database):
    (path.parent / "writers_test.sqlite-writers").unlink()

    visits(database)

    assert not (path.parent / "writers_test.sqlite-writers").exists()


def test_writing_makes_the_folder_of_the_file(tmp_path, make_database):
    database = make_database(f"sqlite:///{tmp_path}/some/folder/new_test.sqlite")

    with database.transaction() as session:
        session.execute(text("CREATE TABLE data_new (id INTEGER)"))

    assert (tmp_path / "some" / "folder" / "new_test.sqlite").exists()


@pytest.mark.parametrize("name", ["with space", "with%percent", "with#hash", "with?mark", "ünï"])
def test_a_file_may_have_any_name(tmp_path, make_database, name):
    database = make_database(f"sqlite:///{tmp_path}/{name.replace('%', '%25').replace('?', '%3F')}_test.sqlite")

    with database.transaction() as session:
        session.execute(text("CREATE TABLE data_new (id INTEGER)"))
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM data_new")) == 0

    assert any(entry.name.endswith("_test.sqlite") for entry in tmp_path.iterdir())


def test_a_database_in_memory_is_refused_and_the_error_says_what_to_use():
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(SetupError, match="Name a file"):
            Database(url)


def test_an_unknown_kind_of_database_is_refused_with_the_names_of_those_that_are_known():
    with pytest.raises(SetupError, match="mariadb, mysql, postgresql, sqlite"):
        Database("oracle://localhost/shop")
