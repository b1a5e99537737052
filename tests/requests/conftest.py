"""An application with one table, on each database."""

import pytest
from sqlalchemy import String, make_url, text
from sqlalchemy.orm import Mapped, mapped_column, registry

from carboy.data import Base, Database, Model
from carboy.data.flask import data_of


class Sample(Model):
    """Models of these tests alone: they share no metadata with any application."""

    __abstract__ = True
    registry = registry(type_annotation_map=Base.type_annotation_map)
    metadata = registry.metadata


class Note(Sample):
    __tablename__ = "requests_notes"
    text: Mapped[str] = mapped_column(String(50), unique=True)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/requests_test.sqlite"
    url = make_url(request.getfixturevalue(f"{request.param}_server"))
    server = Database(url.render_as_string(hide_password=False))
    with server.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS requests_test"))
        connection.execute(text("CREATE DATABASE requests_test"))
    server.close()
    return url.set(database="requests_test").render_as_string(hide_password=False)


@pytest.fixture
def app(make_app, database_url):
    app = make_app(database_url=database_url, database_busy_seconds=2.0)
    Sample.metadata.create_all(data_of(app).database.engine())
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
