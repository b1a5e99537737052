"""What a database's own error means to a caller is the same on every database, and tells no secrets."""

import socket
import uuid
from contextlib import suppress
from threading import Barrier, Event

import psycopg
import pymysql
import pytest
from data_sample import Draft, Passport, Person, Pet
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from carboy.data.faults import DatabaseBusy, DatabaseFull, meaning_of
from carboy.data.scope import Kind
from carboy.errors import Busy, CarboyError, Conflict

SECRET = "hunter2-in-a-value"


@pytest.fixture
def ada(database):
    person = Person(name="Ada")
    with database.transaction() as session:
        session.add(person)
        session.flush()
        session.add(Pet(owner_id=person.id, name="Rex"))
    return person


def same_name(database):
    database.session.add_all([Person(name=SECRET), Person(name=SECRET)])


def same_name_by_core(database):
    for _ in range(2):
        database.session.execute(insert(Person).values(name=SECRET))


def same_name_by_driver(database):
    statement = (
        f"INSERT INTO data_person SELECT '{uuid.uuid4().hex}', name, '', 0, created_at, updated_at FROM data_person"
    )
    database.driver.cursor().execute(statement)


def same_key(database):
    key = uuid.uuid4()
    for name in ("Bob", "Eve"):
        database.session.execute(insert(Person).values(id=key, name=name))


def parent_that_is_not_there(database):
    database.session.add(Pet(owner_id=uuid.uuid4(), name=SECRET))


def parent_that_is_needed(database):
    database.session.execute(delete(Person))


def parent_that_is_needed_by_driver(database):
    database.driver.cursor().execute("DELETE FROM data_person")


def parent_that_a_restriction_holds(database):
    holder = Person(name="held")
    database.session.add(holder)
    database.session.flush()
    database.session.add(Passport(holder_id=holder.id))
    database.session.flush()
    database.session.execute(delete(Person).where(Person.id == holder.id))


@pytest.mark.parametrize(
    "work",
    [
        same_name,
        same_name_by_core,
        same_name_by_driver,
        same_key,
        parent_that_is_not_there,
        parent_that_is_needed,
        parent_that_is_needed_by_driver,
        parent_that_a_restriction_holds,
    ],
)
def test_what_clashes_with_what_is_there_is_a_conflict(database, ada, stored, work):
    with pytest.raises(Conflict) as caught, database.transaction():
        work(database)

    assert SECRET not in str(caught.value)
    assert "data_" not in str(caught.value)
    assert stored() == ["Ada"]


def without_a_name(database):
    database.session.execute(insert(Person).values(name=None))


def below_zero(database):
    database.session.execute(insert(Person).values(name="Bob", visits=-1))


def nonsense(database):
    database.session.execute(text("SELECT nothing FROM nowhere"))


@pytest.mark.parametrize("work", [without_a_name, below_zero, nonsense])
def test_what_is_wrong_in_itself_is_a_bug_and_keeps_its_own_error(database, stored, work):
    with pytest.raises(DBAPIError), database.transaction():
        work(database)

    assert stored() == []


@pytest.mark.parametrize("how", ["change", "delete"])
def test_a_change_made_on_an_old_version_is_a_conflict(database, beside, how):
    with database.transaction() as session:
        session.add(Draft(body="first"))

    def be_faster():
        with database.transaction() as session:
            session.scalars(select(Draft)).one().body = "faster"

    with database.reading() as session:
        mine = session.scalars(select(Draft)).one()
    beside(be_faster).result()
    with pytest.raises(Conflict, match="changed it first"), database.transaction() as session:
        session.add(mine)
        if how == "change":
            mine.body = "slower"
        else:
            session.delete(mine)

    with database.reading() as session:
        assert [(draft.body, draft.version) for draft in session.scalars(select(Draft))] == [("faster", 2)]


@pytest.mark.long
@pytest.mark.parametrize("how", ["session", "driver"])
def test_whoever_waits_too_long_for_a_lock_is_told_busy(database, hasty_database, ada, beside, how):
    def change_too(statement="UPDATE data_person SET visits = 2"):
        with hasty_database.transaction() as session:
            session.execute(text(statement)) if how == "session" else hasty_database.driver.cursor().execute(statement)

    with database.transaction() as session:
        session.execute(update(Person).values(visits=1))
        waiting = beside(change_too)
        with pytest.raises(DatabaseBusy) as caught:
            waiting.result(timeout=10)

    assert caught.value.retry_after >= 1
    change_too()
    with database.reading() as session:
        assert session.scalar(select(Person.visits)) == 2


@pytest.mark.long
@pytest.mark.parametrize("how", ["session", "driver"])
def test_of_two_that_wait_for_each_other_one_is_told_busy(database, add, kind, beside, how):
    if kind == "sqlite":
        pytest.skip("on SQLite there is one writer: nobody waits for each other")
    add(database, "Ada", "Bob")
    both_have_one = Barrier(2, timeout=10)

    def change(first, second):
        with database.transaction() as session:
            session.execute(update(Person).where(Person.name == first).values(visits=1))
            both_have_one.wait()
            statement = f"UPDATE data_person SET visits = 2 WHERE name = '{second}'"
            session.execute(text(statement)) if how == "session" else database.driver.cursor().execute(statement)

    errors = [future.exception() for future in [beside(change, "Ada", "Bob"), beside(change, "Bob", "Ada")]]

    assert sorted(type(error).__name__ for error in errors) == ["DatabaseBusy", "NoneType"]


def test_a_reader_behind_a_change_of_the_schema_is_told_busy(database, hasty_database, kind, add, beside):
    if kind == "sqlite":
        pytest.skip("on SQLite readers see the schema of their own moment")
    locked, done = Event(), Event()
    lock, unlock = {
        "postgresql": ("LOCK TABLE data_person IN ACCESS EXCLUSIVE MODE", "SELECT 1"),
        "mariadb": ("LOCK TABLES data_person WRITE", "UNLOCK TABLES"),
    }[kind]

    def hold():
        with database.transaction() as session:
            session.execute(text(lock))
            locked.set()
            done.wait(10)
            session.execute(text(unlock))

    holding = beside(hold)
    locked.wait(5)
    with pytest.raises(DatabaseBusy), hasty_database.reading() as session:
        session.scalars(select(Person)).all()
    done.set()

    holding.result()


def kill(executioner, driver):
    """Have the server drop this connection of a driver."""
    if executioner.dialect == "postgresql":
        # Whoever asks is told before it has happened; the socket knows when it has.
        statement = f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)"
    else:
        statement = f"KILL {driver.thread_id()}"
    with executioner.transaction() as session:
        session.execute(text(statement))


@pytest.fixture
def killer(database_url, make_database, kind):
    if kind == "sqlite":
        pytest.skip("SQLite has no server that could drop a connection")
    executioner = make_database(database_url)
    return lambda session: kill(executioner, session.connection().connection.driver_connection)


SCOPES = {
    "transaction": lambda database: database.transaction(),
    "reading": lambda database: database.reading(),
    "snapshot": lambda database: database.transaction(read_only=True),
}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("how", ["session", "driver"])
def test_a_connection_that_is_lost_in_use_is_busy_and_the_pool_recovers(database, killer, held, scope, how):
    with pytest.raises(DatabaseBusy), SCOPES[scope](database) as session:
        killer(session)
        session.scalar(text("SELECT 1")) if how == "session" else database.driver.cursor().execute("SELECT 1")

    assert held(database) == 0
    for _ in range(3):
        with SCOPES[scope](database) as session:
            assert session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("scope", SCOPES)
def test_a_server_that_dropped_all_connections_of_the_pool_costs_one_busy(database, database_url, make_database, scope):
    executioner = make_database(database_url)
    engine = database.engine(Kind.WRITE if scope == "transaction" else Kind.READ)
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no server that could drop a connection")
    connections = [engine.connect() for _ in range(3)]
    numbers = [connection.connection.driver_connection for connection in connections]
    for connection in connections:
        connection.close()
    for driver in numbers:
        kill(executioner, driver)

    outcomes = [outcome_of(database, scope) for _ in range(4)]

    assert outcomes == ["busy", 1, 1, 1]


def outcome_of(database, scope):
    try:
        with SCOPES[scope](database) as session:
            return session.scalar(text("SELECT 1"))
    except Busy:
        return "busy"


def test_a_connection_that_is_lost_and_the_loss_swallowed_is_never_a_success(database, killer, stored):
    def work():
        with database.transaction() as session:
            session.add(Person(name="lost"))
            session.flush()
            killer(session)
            with suppress(DBAPIError):
                session.scalar(text("SELECT 1"))

    with pytest.raises(Exception):  # noqa: B017, PT011
        work()

    assert stored() == []


def test_a_connection_that_breaks_in_the_commit_claims_neither_success_nor_nothing_stored(database, killer, held):
    with pytest.raises(CarboyError, match="may be stored or not") as caught, database.transaction() as session:
        session.add(Person(name="who knows"))
        session.flush()
        killer(session)

    assert (caught.value.status, held(database)) == (500, 0)


@pytest.mark.parametrize(
    "error", [psycopg.errors.DiskFull(), *(pymysql.err.OperationalError(number, "x") for number in (1114, 1021))]
)
def test_a_full_disk_is_told_apart_from_a_database_that_is_busy(error):
    assert isinstance(meaning_of(error), DatabaseFull)


def test_a_full_disk_is_no_fault_of_ours_and_stores_nothing(new_database, make_database):
    database = make_database(new_database("sqlite"))
    with database.transaction():
        database.driver.execute("CREATE TABLE large (content TEXT)")

    with pytest.raises(DatabaseFull), database.transaction() as session:
        (pages,) = database.driver.execute("PRAGMA page_count").fetchone()
        database.driver.execute(f"PRAGMA max_page_count = {pages + 2}")
        session.execute(text("INSERT INTO large VALUES (:content)"), {"content": "x" * 1_000_000})

    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM large")) == 0


@pytest.mark.long
@pytest.mark.parametrize("kind_of_scope", [Kind.WRITE, Kind.READ])
def test_an_empty_pool_is_busy(database_url, make_database, kind_of_scope):
    database = make_database(database_url, pool_size=1, patience=0.2)
    taken = []
    with suppress(Exception):
        while True:
            taken.append(database.engine(kind_of_scope).connect())

    with pytest.raises(DatabaseBusy, match="in use"), database._scope(kind_of_scope) as scope:
        scope.session.execute(text("SELECT 1"))

    for connection in taken:
        connection.close()
    with database._scope(kind_of_scope) as scope:
        assert scope.session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
@pytest.mark.parametrize("scope", SCOPES)
def test_a_server_that_does_not_answer_is_busy(make_database, backend, scope):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = make_database(f"{backend}://shop:{SECRET}@127.0.0.1:{nobody.getsockname()[1]}/shop_test")

        with pytest.raises(DatabaseBusy) as caught, SCOPES[scope](database) as session:
            session.scalar(text("SELECT 1"))

    assert SECRET not in str(caught.value)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_server_that_takes_a_connection_and_says_nothing_is_busy(make_database, backend):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{backend}://shop:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/shop_test"
        database = make_database(url, patience=0.2)

        with pytest.raises(DatabaseBusy), database.reading() as session:
            session.scalar(text("SELECT 1"))


@pytest.mark.long
def test_a_statement_may_take_longer_than_patience(new_database, make_database):
    database = make_database(new_database("mariadb"), patience=0.2)

    with database.reading() as session:
        assert session.scalar(text("SELECT SLEEP(2.2)")) == 0


def test_a_database_shows_no_password(make_database):
    assert SECRET not in repr(make_database(f"postgresql://shop:{SECRET}@localhost/shop_test"))
