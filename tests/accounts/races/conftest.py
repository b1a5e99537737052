"""Accounts on three kinds of database, without an application: what many do to them at the same moment."""

import threading
from concurrent.futures import wait

import pytest
from sqlalchemy import func, select

from carboy.accounts import refreshing, renewing, sessions
from carboy.accounts.administering import plant_roles
from carboy.accounts.budgets import Budgets
from carboy.accounts.devices import Devices
from carboy.accounts.hashing import Hasher
from carboy.accounts.joining import join
from carboy.accounts.passwords import PasswordPolicy
from carboy.accounts.revocation.database import REVOKED_TOKENS, DatabaseStore
from carboy.accounts.room import HERE, Accounts, Policy
from carboy.accounts.signing import Signer
from carboy.accounts.table import AUTH_EVENTS, REFRESH_TOKENS, ROLES, SESSIONS, USER_TOKENS, Kind
from carboy.data import Base, Database
from carboy.files.table import FILES
from carboy.jobs import Jobs
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.mail import Mail
from carboy.mail.transport import Nowhere
from carboy.web.counting import Throttle

KINDS = ("sqlite", "postgresql", "mariadb")
PASSWORD = "correct horse battery staple"
UNHURRIED = 30  # seconds: how long a busy machine takes is not what is raced for


@pytest.fixture(scope="session")
def user_class():
    from starter.accounts.models import User

    return User


@pytest.fixture(scope="session")
def databases_of_accounts(new_database, user_class):
    """Give the database of a kind, with the tables of accounts, their pictures and jobs, and the roles."""
    ours = (ROLES, FILES, user_class.__table__, SESSIONS, REFRESH_TOKENS, USER_TOKENS, AUTH_EVENTS, REVOKED_TOKENS)
    made = {}

    def of(kind):
        if kind not in made:
            made[kind] = Database(new_database(kind), patience=UNHURRIED)
            Base.metadata.create_all(made[kind].engine(), tables=(*ours, JOBS, SCHEDULES))
            plant_roles(made[kind])
        return made[kind]

    yield of
    for database in made.values():
        database.close()


@pytest.fixture(params=KINDS)
def database(request, databases_of_accounts, user_class):
    """One of them, empty after the test, with all its connections back in their pools."""
    database = databases_of_accounts(request.param)
    yield database
    assert sum(engine.pool.checkedout() for engine in database._engines.values()) == 0
    with database.transaction() as session:
        for table in (user_class.__table__, AUTH_EVENTS, REVOKED_TOKENS, JOBS):
            session.execute(table.delete())


@pytest.fixture
def elsewhere(database):
    """The same database, as somebody else has it open."""
    other = Database(database.url.render_as_string(hide_password=False))
    yield other
    other.close()


@pytest.fixture
def policy():
    return Policy()


@pytest.fixture
def room(database, user_class, make_settings, policy):
    """The accounts of no application in particular."""
    made = Accounts(
        user=user_class,
        mail=Mail(Jobs(database), Nowhere(), sender="shop@example.com", base_url="https://shop.example.com"),
        choose_store=DatabaseStore,
        signer=Signer([(b"s" * 32, b"j" * 32)], issuer="shop", audience="shop"),
        policy=policy,
        passwords=PasswordPolicy(),
        hasher=Hasher(patience=UNHURRIED),
        budgets=Budgets(Throttle(make_settings()), on=False),
        devices=Devices(["d" * 32]),
        notes_by_clock=False,
    )
    return join(made)


@pytest.fixture(scope="session")
def hash_of_password():
    return Hasher().hash(PASSWORD)


@pytest.fixture
def make_user(room, hash_of_password):
    """Make a user, and give their row."""

    def make(name="ada", *, role="user"):
        address = f"{name}@example.com"
        with room.database.transaction() as session:
            user = room.user(email=address, email_normalized=address, username=name, role=role)
            user.password_hash = hash_of_password
            session.add(user)
            session.flush()
            return session.execute(room.users.select().where(room.users.c.id == user.id)).one()

    return make


@pytest.fixture
def begin(room):
    """Begin a sign-in for a user, as if they had typed their password."""

    def start(user, kind=Kind.JWT):
        with room.database.transaction() as session:
            return sessions.begin(room, session, user, kind=kind, caller=HERE)

    return start


@pytest.fixture
def refresh(room):
    return lambda held: refreshing.refresh(room, held.refresh_token, caller=HERE)


@pytest.fixture
def renew(room):
    return lambda held: renewing.renew(room, held.update_token, caller=HERE)


@pytest.fixture
def stored(elsewhere):
    """What is really stored of a sign-in, as another connection sees it."""

    def read(held):
        with elsewhere.reading() as session:
            return session.execute(select(SESSIONS).where(SESSIONS.c.id == held.session_id)).one()

    return read


@pytest.fixture
def count(elsewhere):
    """How many rows there are, as another connection sees them."""

    def number(*conditions):
        with elsewhere.reading() as session:
            return session.scalar(select(func.count()).where(*conditions))

    return number


@pytest.fixture
def side_by_side(beside):
    """Call different functions at the same moment, and give their futures when all have ended."""

    def call(*functions):
        gate = threading.Barrier(len(functions), timeout=UNHURRIED)
        futures = [beside(lambda one=one: (gate.wait(), one())[1]) for one in functions]
        wait(futures)
        return futures

    return call
