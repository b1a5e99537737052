"""What tests of many at once share: an application on a database where many write, and how to call at one moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from carboy.data.flask import data_of

from starter import create_app
from starter.settings import Settings


@pytest.fixture(scope="module", params=["postgresql", "mariadb"], name="migrated")
def migrated_app(request, new_database, tmp_path_factory):
    """The application on a database where many write at once."""
    said = {"mode": "testing", "database_url": new_database(request.param)}
    application = create_app(Settings.load(root=tmp_path_factory.mktemp("races"), environ={}, **said))
    data = data_of(application)
    data.migrations.upgrade(data.database)
    yield application
    data.database.close()


def at_once(*calls):
    """Call all of them at the same moment, and return what they return."""
    gate = threading.Barrier(len(calls), timeout=30)
    with ThreadPoolExecutor(len(calls)) as threads:
        futures = [threads.submit(lambda call=call: (gate.wait(), call())[1]) for call in calls]
        return [future.result() for future in futures]


def codes(answers):
    return sorted(answer.status_code for answer in answers)
