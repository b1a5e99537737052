"""What tests of backups do, and what they look at."""

import hashlib
import io
import json
import tarfile

import pytest
from sqlalchemy import inspect, select, text

from carboy.data.flask import data_of
from carboy.files.flask import files_of
from carboy.files.table import FILES

KINDS = ["sqlite", "postgresql", pytest.param("mariadb", marks=pytest.mark.long)]


def run(app, *words):
    return app.test_cli_runner().invoke(args=list(words))


def execute(app, *statements):
    with data_of(app).database.engine().begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def keep(app, content):
    return files_of(app).keep(io.BytesIO(content), name="a.txt", owner="user:ada")


def contents(app):
    """Every row of every table, and the bytes of every file."""
    database = data_of(app).database
    with database.reading() as session:
        connection = session.connection()
        quote = connection.dialect.identifier_preparer.quote_identifier
        names = sorted(inspect(connection).get_table_names())
        rows = {name: sorted(map(str, connection.execute(text(f"SELECT * FROM {quote(name)}")))) for name in names}
        ids = session.scalars(select(FILES.c.id)).all()
    return rows, {kept.id: files_of(app).open(kept).read() for kept in files_of(app).find_all(ids)}


def change(path, change_entry):
    """Write the archive anew, with entries changed and sums of gzip that are right."""
    with tarfile.open(path) as tar:
        entries = [(entry, tar.extractfile(entry).read()) for entry in tar]
    with tarfile.open(path, "w:gz") as tar:
        for entry, data in entries:
            if (changed := change_entry(entry, data)) is not None:
                entry.size = len(changed)
                tar.addfile(entry, io.BytesIO(changed))


def told(path, **changes):
    """Have the manifest say something else."""
    change(path, lambda entry, data: _said(data, **changes) if entry.name == "manifest.json" else data)


def forge(path, name, change_data):
    """Change an entry, and what the manifest says that it is: its sums bear no signature."""
    sums = {}

    def changed(entry, data):
        if entry.name == name:
            data = change_data(data)
        if entry.name == "manifest.json":
            return _said(data, sums=sums)
        sums[entry.name] = hashlib.sha256(data).hexdigest()
        return data

    change(path, changed)


def _said(manifest, **changes):
    return json.dumps(json.loads(manifest) | changes).encode()
