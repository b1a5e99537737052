"""The catalogue's table on three kinds of database, empty before and after every test."""

import pytest
from sqlalchemy import make_url, text

from carboy.data import Database
from starter.foss.backend import FossBackend
from starter.foss.models import FOSS
from starter.foss.orm_backend import OrmFossBackend

NAME = "foss_catalogue_test"


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "mariadb"])
def foss_database(request, tmp_path_factory):
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('foss')}/{NAME}.sqlite")
    else:
        database = Database(new_database(request.getfixturevalue(f"{request.param}_server")))
    FOSS.create(database.engine())
    yield database
    database.close()


def new_database(server_url):
    server = Database(server_url)
    with server.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME}"))
        connection.execute(text(f"CREATE DATABASE {NAME}"))
    server.close()
    return make_url(server_url).set(database=NAME).render_as_string(hide_password=False)


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
