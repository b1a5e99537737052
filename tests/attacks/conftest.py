"""The starter as it is, on databases whose tables its migrations made."""

from hashlib import sha256

import pytest
from sqlalchemy import make_url

from carboy.data.flask import data_of
from carboy.testing.database import database_for_tests
from starter import create_app
from starter.settings import Settings

KEY = "ck_for_generated_requests"


@pytest.fixture
def key():
    """The key of a machine that the starter knows."""
    return KEY


@pytest.fixture(params=["sqlite"])
def starter_database_url(request, tmp_path, worker_name):
    """A database of its own; a test that wants others names them by parametrizing this."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/attacks_test.sqlite"
        return
    server = request.getfixturevalue(f"{request.param}_server")
    named = make_url(server).set(database="attacks_test").render_as_string(hide_password=False)
    with database_for_tests(named, worker_name) as url:
        yield url


@pytest.fixture
def starter_app(starter_database_url, tmp_path):
    settings = Settings.load(
        root=tmp_path,
        environ={},
        mode="testing",
        database_url=starter_database_url,
        api_keys=(f"tests={sha256(KEY.encode()).hexdigest()}",),
        log_level="ERROR",
    )
    app = create_app(settings)
    data_of(app).migrations.upgrade(data_of(app).database)
    yield app
    data_of(app).database.close()
