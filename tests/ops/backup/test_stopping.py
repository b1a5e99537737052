"""A backup that is stopped leaves nothing behind: no clear text on the disk, and nobody who goes on reading."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from carboy.data.flask import data_of

pytestmark = pytest.mark.long

# Whoever has a table for themselves keeps a dump waiting, which is seen here.
_TAKE = {"postgresql": "LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE", "mariadb": "LOCK TABLES jobs WRITE"}
_WAITS = {
    "postgresql": "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'",
    "mariadb": "SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'",
}


def listening_to(number):
    """Have a child hear the signal, also where tests run under nohup."""
    return lambda: signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_backup_that_is_stopped_takes_everything_along(make_shop, tmp_path, until, kind, number):
    database = data_of(make_shop(kind)).database
    place = tmp_path / "backups"
    place.mkdir()
    environment = {
        **os.environ,
        "DATABASE_URL": database.url.set(drivername=kind).render_as_string(hide_password=False),
        "MODE": "testing",
        "TMPDIR": str(place),
    }
    command = [sys.executable, "-m", "flask", "--app", "starter", "backup", str(place / "a.backup")]
    looking = database.engine().execution_options(isolation_level="AUTOCOMMIT")
    with database.engine().connect() as holding, looking.connect() as look:
        holding.execute(text(_TAKE[kind]))
        with subprocess.Popen(command, cwd=tmp_path, env=environment, preexec_fn=listening_to(number)) as process:  # noqa: PLW1509
            try:
                until(lambda: process.poll() is not None or look.scalar(text(_WAITS[kind])))
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                process.send_signal(number)
                status = process.wait(20)
            finally:
                process.kill()

    assert status == 128 + number
    assert children
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert list(place.iterdir()) == []
