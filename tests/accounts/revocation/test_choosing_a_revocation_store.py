"""Which store is opened, and what each does without the others."""

import subprocess
import sys

import pytest

from carboy import accounts
from carboy.accounts.flask import accounts_of
from carboy.accounts.revocation import choose
from carboy.app import create_app
from carboy.data import Database
from carboy.errors import SetupError
from starter.accounts.models import User

KINDS = ("memory", "redis", "database")

ALONE = """
import sys
kind, missing = sys.argv[1], sys.argv[2:]
for name in missing:
    sys.modules[name] = None
from carboy.accounts.revocation import choose
from carboy.data import Database
store = choose(kind, database=Database("sqlite:///nowhere.sqlite"), redis_url="redis://127.0.0.1:1/0")
from carboy.data import Base
print(type(store).__name__, *sorted(set(sys.modules) & {"flask", "werkzeug", "click"}), *Base.metadata.tables)
"""


def others_than(kind):
    return [f"carboy.accounts.revocation.{other}" for other in KINDS if other != kind]


def alone(kind, *missing):
    return subprocess.run([sys.executable, "-c", ALONE, kind, *missing], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("kind", "brought"),
    [("memory", ["MemoryStore"]), ("redis", ["RedisStore"]), ("database", ["DatabaseStore", "revoked_tokens"])],
)
def test_a_store_needs_neither_of_the_other_two_nor_flask_nor_a_table_that_is_not_its_own(kind, brought):
    finished = alone(kind, *others_than(kind))

    assert finished.stdout.split() == brought, finished.stderr


def test_a_store_whose_module_was_deleted_says_so():
    finished = alone("redis", "carboy.accounts.revocation.redis")

    assert "BLACKLIST_STORAGE_TYPE is redis, and carboy.accounts.revocation.redis is not there" in finished.stderr


def test_redis_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr("carboy.accounts.revocation.redis.find_spec", lambda name: None)

    with pytest.raises(SetupError, match=r"pip install carboy\[redis\]"):
        choose("redis", database=Database("sqlite:///x.sqlite"), redis_url="redis://localhost/0")


def test_redis_without_an_address_says_which_setting_is_missing():
    with pytest.raises(SetupError, match="REDIS_URL must be set"):
        choose("redis", database=Database("sqlite:///x.sqlite"), redis_url=None)


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(SetupError, match="memory, redis, database"):
        choose("sqlite", database=Database("sqlite:///x.sqlite"), redis_url=None)


def test_an_application_may_have_a_store_of_its_own(settings):
    made = []

    def own_store(database):
        made.append(choose("memory", database=database, redis_url=None))
        return made[-1]

    app = create_app("shop", settings)
    accounts.init_app(app, User, store=own_store)

    assert accounts_of(app).store is made[-1]
    assert len(made) == 1
