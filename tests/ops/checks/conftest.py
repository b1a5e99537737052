"""The starter, deployed on a database that is migrated, with nothing wrong: `shop.check(VARIABLE=value)`."""

import json
import shutil

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import insert

from carboy.cli.check import check
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS
from carboy.testing.rules import compile_once
from starter import create_app
from starter.settings import Settings

GOOD = {
    "FLASK_ENV": "production",
    "SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "ALLOW_SQLITE_IN_PRODUCTION": "yes",
    "DATABASE_BUSY_SECONDS": "1",
    "APP_BASE_URL": "https://shop.example.org",
    "TRUSTED_HOSTS": "shop.example.org",
    "PROXY_FIX": "1,1,0,0,0",
    "MAIL_URL": "smtp://mail.example.org",
}


class Shop:
    """The starter as it is deployed, and what `flask check` says of it."""

    def __init__(self, folder, database_url):
        self.folder, self.environment = folder, GOOD | {"DATABASE_URL": database_url}
        self.made = []
        self.before_it_is_asked = lambda app: None

    def app(self, **variables):
        environment = {name: value for name, value in (self.environment | variables).items() if value is not None}
        app = create_app(Settings.load(root=self.folder, environ=environment))
        self.made.append(app)
        return app

    def check(self, *options, **variables):
        """Its exit code, and the ids that it names."""

        def make():
            app = self.app(**variables)
            self.before_it_is_asked(app)
            return app

        result = CliRunner().invoke(check, ["--format", "json", *options], obj=ScriptInfo(create_app=make))
        assert result.stdout.startswith("{"), result.output
        self.findings = json.loads(result.stdout)["findings"]
        return result.exit_code, {finding["id"] for finding in self.findings}

    def add_job(self, app, **values):
        jobs = jobs_of(app)
        now = jobs.clock()
        usual = {"handler": next(iter(jobs.handlers)), "version": 1, "arguments": "{}", "queue": "default", "rank": 0}
        moments = {"due_at": now, "look_at": now, "attempts": 1, "asked_by": ""}
        with jobs.database.transaction() as session:
            session.execute(insert(JOBS), usual | moments | values)

    def close(self):
        for app in self.made:
            data_of(app).database.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """An SQLite file of the starter, which tests copy."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(
        Settings.load(root=folder, environ={}, mode="testing", database_url=f"sqlite:///{folder}/a.sqlite")
    )
    data_of(app).migrations.upgrade(data_of(app).database)
    data_of(app).database.close()
    return folder / "a.sqlite"


@pytest.fixture
def shop(tmp_path, migrated_file):
    compile_once()
    shutil.copy(migrated_file, tmp_path / "shop.sqlite")
    shop = Shop(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    yield shop
    shop.close()


@pytest.fixture
def shop_on_postgresql(tmp_path, new_database):
    shop = Shop(tmp_path, new_database("postgresql"))
    app = shop.app()
    data_of(app).migrations.upgrade(data_of(app).database)
    yield shop
    shop.close()
