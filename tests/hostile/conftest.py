"""The starter as it is, on real databases, with a machine that it knows and one project in its catalogue."""

from hashlib import sha256
from pathlib import Path

import pytest
from hostile_forms import EMACS
from sqlalchemy import select

from carboy.data.flask import data_of
from carboy.testing.database import empty
from carboy.web.idempotency import IDEMPOTENCY_KEYS
from starter import create_app
from starter.foss.models import FOSS
from starter.settings import Settings

KEY = "ck_for_hostile_requests"


@pytest.fixture(scope="session")
def key():
    """The key of the machine that the starter knows."""
    return KEY


@pytest.fixture(scope="session")
def key_setting():
    """What API_KEYS says of that machine."""
    return f"tests={sha256(KEY.encode()).hexdigest()}"


@pytest.fixture(scope="session", params=["sqlite"])
def starter_database_url(request, new_database):
    """A database of these tests; a test that wants others names them by parametrizing this."""
    return new_database(request.param)


@pytest.fixture(scope="session")
def migrated_starter(starter_database_url, tmp_path_factory, key_setting):
    settings = Settings.load(
        root=tmp_path_factory.mktemp("starter"),
        environ={},
        mode="testing",
        database_url=starter_database_url,
        api_keys=(key_setting,),
        log_level="ERROR",
    )
    app = create_app(settings)
    data_of(app).migrations.upgrade(data_of(app).database)
    yield app
    data_of(app).database.close()


@pytest.fixture
def starter_app(migrated_starter):
    yield migrated_starter
    empty(data_of(migrated_starter).database)


@pytest.fixture
def send(starter_app):
    """Send a request as the machine that is known: bytes, header fields and WSGI variables as they are given."""
    client = starter_app.test_client()

    def request(method, path="/api/v1/foss", body=b"", headers=(), query="", **environ):
        fields = [("X-API-Key", KEY), *headers]
        return client.open(
            path, method=method, data=body, headers=fields, query_string=query, environ_overrides=environ
        )

    return request


@pytest.fixture
def address(send):
    """Where the one project is that the catalogue holds."""
    return send("POST", body=EMACS, headers=[("Content-Type", "application/json")]).headers["Location"]


@pytest.fixture
def stored(starter_app):
    """Everything that is really stored: the rows of the catalogue, and the idempotency keys."""

    def read():
        with data_of(starter_app).database.reading() as session:
            foss = session.execute(select(FOSS).order_by(FOSS.c.id)).all()
            return foss, session.scalars(select(IDEMPOTENCY_KEYS.c.key).order_by(IDEMPOTENCY_KEYS.c.key)).all()

    return read


@pytest.fixture
def features_client(make_app, project, monkeypatch):
    """Views of every kind: uploads and forms, six spellings of one contract, every way to answer."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "contracts")
    from spelled_features import write_files

    write_files(project)
    return make_app(features=("answering_features", "spelled_features"), log_level="ERROR").test_client()
