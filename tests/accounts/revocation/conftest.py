"""One store of each kind, each on the real server. Keys are new in every test, so nothing has to be swept up."""

import uuid
from datetime import timedelta

import pytest
import redis

from carboy.accounts.revocation.database import REVOKED_TOKENS, DatabaseStore
from carboy.accounts.revocation.memory import MemoryStore
from carboy.accounts.revocation.redis import RedisStore
from carboy.context import utc_now
from carboy.data import Database

DATABASES = ("sqlite", "postgresql", "mariadb")
UNHURRIED = 10  # seconds: a machine that is busy with other tests is no outage


@pytest.fixture(scope="session")
def revocation_databases(new_database):
    """Give the database of a kind, with the one table."""
    made = {}

    def of(kind):
        if kind not in made:
            made[kind] = Database(new_database(kind))
            REVOKED_TOKENS.create(made[kind].engine())
        return made[kind]

    yield of
    for database in made.values():
        database.close()


@pytest.fixture
def empty_database(revocation_databases):
    """Give a database of a kind; what a test leaves in its table is gone with the test."""
    used = []

    def of(kind):
        used.append(revocation_databases(kind))
        return used[-1]

    yield of
    for database in used:
        with database.transaction() as session:
            session.execute(REVOKED_TOKENS.delete())


@pytest.fixture(params=DATABASES)
def database(request, empty_database):
    return empty_database(request.param)


@pytest.fixture
def database_store(database):
    return DatabaseStore(database)


@pytest.fixture
def prefix():
    """What no other test's keys in Redis begin with."""
    return uuid.uuid4().hex


@pytest.fixture
def client(redis_server):
    """A look into Redis from outside."""
    with redis.Redis.from_url(redis_server) as client:
        yield client


@pytest.fixture
def make_redis_store(redis_server, prefix):
    def make(url=redis_server, prefix=prefix, patience=UNHURRIED):
        return RedisStore(url, prefix, patience=patience)

    return make


@pytest.fixture
def redis_store(make_redis_store):
    """A store that has begun: tokens issued from now on are believed."""
    store = make_redis_store()
    store.check()
    return store


@pytest.fixture
def left(client, prefix):
    """Tell how many seconds Redis will still know a key."""
    return lambda key: client.ttl(f"{prefix}:carboy:revoked:{key}")


@pytest.fixture
def key():
    return f"jti:{uuid.uuid4()}"


@pytest.fixture
def in_an_hour():
    return utc_now() + timedelta(hours=1)


@pytest.fixture
def memory_store():
    return MemoryStore()
