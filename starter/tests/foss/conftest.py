"""The catalogue's table on three kinds of database, empty before and after every test."""

import pytest
from carboy.data import Database

from starter.foss.backend import FossBackend
from starter.foss.models import FOSS
from starter.foss.orm_backend import OrmFossBackend


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "mariadb"])
def foss_database(request, new_database):
    database = Database(new_database(request.param))
    FOSS.create(database.engine())
    yield database
    database.close()


@pytest.fixture
def database(foss_database):
    yield foss_database
    with foss_database.transaction() as session:
        session.execute(FOSS.delete())


@pytest.fixture(params=[FossBackend, OrmFossBackend], ids=["plain", "orm"])
def backend(request, database):
    return request.param(database)


@pytest.fixture
def twin(backend, database):
    """The other backend, on the same database."""
    return (OrmFossBackend if isinstance(backend, FossBackend) else FossBackend)(database)


@pytest.fixture
def details():
    """Say something about a project: a name and a licence, unless the test says more."""

    def make(name="GNU Emacs", licence="GPL-3.0-or-later", **said):
        return {"name": name, "licence": licence} | said

    return make
