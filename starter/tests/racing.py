"""What tests of many at once share: an application on a database where many write, and how to call at one moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import make_url, text

from carboy.data import Database
from carboy.data.flask import data_of
from starter import create_app
from starter.settings import Settings


@contextmanager
def migrated_app(server_url, name, root):
    """The application on a new database of this name."""
    url = new_database(server_url, name)
    application = create_app(Settings.load(root=root, environ={}, mode="testing", database_url=url))
    data = data_of(application)
    data.migrations.upgrade(data.database)
    yield application
    data.database.close()


def new_database(server_url, name):
    server = Database(server_url)
    with server.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.close()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def at_once(*calls):
    """Call all of them at the same moment, and return what they return."""
    gate = threading.Barrier(len(calls), timeout=30)
    with ThreadPoolExecutor(len(calls)) as threads:
        futures = [threads.submit(lambda call=call: (gate.wait(), call())[1]) for call in calls]
        return [future.result() for future in futures]


def codes(answers):
    return sorted(answer.status_code for answer in answers)
