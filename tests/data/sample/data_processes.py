"""What other processes do in the tests of the data room. A child is handed a database's URL and opens it anew."""

import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from data_sample import Person
from sqlalchemy import select, text, update

from carboy.data import Database
from carboy.data.migrate import Migrations

PATIENCE = 20.0

gates = {}


def stand_at(barriers):
    """Give this worker the gates at which several begin at the same moment."""
    gates.update(barriers)


def count_up(database, times):
    """Read a number and write it back one higher, again and again."""
    for _ in range(times):
        with database.transaction() as session:
            visits = session.scalar(select(Person.visits).with_for_update())
            session.execute(update(Person).values(visits=visits + 1))


def count_up_in_threads(url, *, processes, threads, times):
    """Count up from several threads, beginning when the other processes do."""
    database = Database(url, patience=PATIENCE)
    gates[processes].wait(PATIENCE)
    crowd = [threading.Thread(target=count_up, args=(database, times)) for _ in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    database.close()


def open_anew(url, processes):
    """Open a database that is not there yet, and write to it."""
    database = Database(url, patience=PATIENCE)
    gates[processes].wait(PATIENCE)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS data_new (id INTEGER)"))
        session.execute(text("INSERT INTO data_new VALUES (1)"))
    database.close()


def upgrade(url, versions, processes):
    """Migrate to the newest revision, beginning when the other processes do."""
    database = Database(url, patience=PATIENCE)
    gates[processes].wait(PATIENCE)
    Migrations(Path(versions)).upgrade(database)
    database.close()


def hold_the_turn(url, begun):
    """Begin to write, say so, and never end."""
    database = Database(url)
    with database.transaction() as session:
        session.add(Person(name="never stored"))
        session.flush()
        begun.set()
        time.sleep(600)


def write_greedily(url, begun, enough):
    """Write without a pause until told that it is enough."""
    database = Database(url, patience=PATIENCE)
    while not enough.is_set():
        with database.transaction() as session:
            session.execute(update(Person).values(visits=Person.visits + 1))
        begun.set()
    database.close()


def fork_between_scopes(url):
    """Fork with connections in the pools; parent and child then work at the same time."""
    database = Database(url, patience=PATIENCE)
    inherited = [driver_of(database, scope) for scope in (database.transaction, database.reading)]

    def work():
        mine = [driver_of(database, scope) for scope in (database.transaction, database.reading)]
        count_up(database, 30)
        with database.reading() as session:
            return [one is other for one, other in zip(mine, inherited, strict=True)], session.scalar(text("SELECT 7"))

    outcome = in_parent_and_child(work)
    database.close()
    return outcome


def fork_inside_a_scope(url):
    """Fork in the middle of a transaction; the child must have nothing to do with it."""
    database = Database(url, patience=PATIENCE)

    def work_in_child():
        try:
            database.session  # noqa: B018
        except Exception as error:  # noqa: BLE001
            said = type(error).__name__
        with database.reading() as session:
            return said, session.scalars(select(Person.name)).all()

    with database.transaction() as session:
        session.add(Person(name="by parent"))
        session.flush()
        child = forked(work_in_child)
        seen_by_child = child()
        session.add(Person(name="by parent too"))
    database.close()
    return seen_by_child


def fork_while_another_thread_writes(url):
    """Fork while a thread has its turn, and keep the child; the parent goes on writing."""
    database = Database(url, patience=3)
    begun, forked_off = threading.Event(), threading.Event()

    def write():
        with database.transaction() as session:
            session.add(Person(name="by thread"))
            session.flush()
            begun.set()
            forked_off.wait(PATIENCE)

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait(PATIENCE)
    may_end, end = os.pipe()
    child = forked(lambda: (os.close(end), os.read(may_end, 1))[0])
    forked_off.set()
    thread.join()
    try:
        with database.transaction() as session:
            session.add(Person(name="by parent"))
    finally:
        os.write(end, b"x")
        child()
    database.close()


def driver_of(database, scope):
    with scope():
        return database.driver


def in_parent_and_child(work):
    child = forked(work)
    return json.loads(json.dumps(work())), child()


def forked(work):
    """Run this in a forked child; calling what is returned waits for its result."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = {"error": "died"}
        with suppress(BaseException):
            try:
                said = {"result": work()}
            except BaseException as error:
                said = {"error": repr(error)}
                raise
        os.write(writer, json.dumps(said).encode())
        os._exit(0)
    os.close(writer)

    def outcome():
        with os.fdopen(reader) as pipe:
            said = json.load(pipe)
        os.waitpid(child, 0)
        return said.get("result", said.get("error"))

    return outcome
