"""An application with one table, on each database; after every test it is empty."""

import pytest
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, registry

from carboy.data import Base, Database, Model
from carboy.data.flask import data_of
from carboy.web.idempotency import IDEMPOTENCY_KEYS


class Sample(Model):
    """Models of these tests alone: they share no metadata with any application."""

    __abstract__ = True
    registry = registry(type_annotation_map=Base.type_annotation_map)
    metadata = registry.metadata


class Note(Sample):
    __tablename__ = "requests_notes"
    text: Mapped[str] = mapped_column(String(50), unique=True)


TABLES = (Note.__table__, IDEMPOTENCY_KEYS)


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "mariadb"])
def shared_database(request, new_database):
    database = Database(new_database(request.param))
    for table in TABLES:
        table.create(database.engine())
    yield database
    database.close()


@pytest.fixture
def database_url(shared_database):
    yield shared_database.url.render_as_string(hide_password=False)
    with shared_database.transaction() as session:
        for table in TABLES:
            session.execute(table.delete())


@pytest.fixture
def app(make_app, database_url):
    app = make_app(database_url=database_url, database_busy_seconds=2.0)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def note():
    return Note


@pytest.fixture
def stored(app):
    """The texts of all notes that are really stored."""
    from sqlalchemy import select

    def read():
        with data_of(app).database.reading() as session:
            return sorted(session.scalars(select(Note.text)))

    return read
