"""`carboy doctor`: each fault is named with what to do, and none hides another.

It runs what docs/how-to/check.md shows.
"""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from carboy.cli.command import main
from carboy.cli.doctor import machine, python
from carboy.cli.doctor.patient import Patient
from carboy.testing.servers import free_port
from starter.accounts.models import User  # the doctor brings tables along that refer to users

WITH_USERS = User.__tablename__
NOBODY = 2**22 + 1  # a process that Linux gives to nobody
APPLICATION = """
def create_app(settings=None):
    from carboy.app import create_app as build

    return build(__name__, settings)
"""


@pytest.fixture
def doctor(project, monkeypatch):
    """Ask the doctor about a small project: its exit code, the ids that it names, and `.looks`, `.text`."""
    (project / "shop/__init__.py").write_text(APPLICATION)
    (project / "pyproject.toml").write_text('[tool.carboy]\npackage = "shop"\nversion = "0.1.0"\n')
    for name in ("DATABASE_URL", "REDIS_URL", "FLASK_ENV", "FLASK_APP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(project)

    def ask(**variables):
        free = {"PORT": str(free_port()), "GUNICORN_PORT": str(free_port())}
        result = CliRunner().invoke(main, ["doctor", "--json"], env=free | variables)
        assert result.stdout.startswith("{"), result.output
        ask.text = result.output
        ask.looks = {look["subject"]: look for look in json.loads(result.stdout)["looks"]}
        return result.exit_code, {one["id"] for look in ask.looks.values() for one in look["found"]}

    return ask


def end_of(number):
    return {"PORT": str(number), "GUNICORN_PORT": str(number)}


def test_nothing_is_to_be_done_where_nothing_is_wrong(doctor):
    assert doctor() == (0, set())
    assert all(look["seen"] for look in doctor.looks.values())


def test_outside_of_projects_python_alone_is_looked_at_and_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    told = CliRunner().invoke(main, ["doctor"])

    assert told.exit_code == 0
    assert "only Python was looked at" in told.output


def test_no_fault_hides_another(doctor, project):
    (project / "celerybeat.pid").write_text(f"{NOBODY}\n")

    found = doctor(DATABASE_URL="postgresql://shop:s3cret@127.0.0.1:1/shop", REDIS_URL="redis://:s3cret@127.0.0.1:1/0")

    assert found == (1, {"data.unreachable", "redis.unreachable", "machine.pid-file"})
    assert "s3cret" not in doctor.text


@pytest.mark.parametrize(
    ("id_", "module", "variables"),
    [
        ("settings.value", APPLICATION, {"JOBS_THREADS": "many"}),
        ("application.broken", "def create_app(:", {}),
        ("application.broken", "import no_such_package", {}),
        ("application.broken", "raise SystemExit(3)", {}),
        ("application.broken", "def create_application(): ...", {}),
    ],
)
def test_an_application_that_cannot_be_made_is_a_finding_and_the_rest_is_looked_at(
    doctor, project, id_, module, variables
):
    (project / "shop/__init__.py").write_text(module)
    (project / "old.pid").write_text("")

    assert doctor(**variables) == (1, {id_, "machine.pid-file"})


def test_a_look_that_breaks_is_a_finding_and_holds_up_no_other(doctor, monkeypatch):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: 1 / 0)

    assert doctor() == (1, {"doctor.disk"})
    assert "division by zero" in doctor.text


def test_a_port_that_another_holds_is_named_with_who_holds_it(doctor, tmp_path_factory):
    port, elsewhere = free_port(), tmp_path_factory.mktemp("elsewhere")
    serve = [sys.executable, "-c", f"import socket; socket.create_server(('127.0.0.1', {port})).accept()[0].recv(1)"]
    with subprocess.Popen(serve, cwd=elsewhere) as holder:
        wait_for_port_to_be_held(port, holder)

        found = doctor(**end_of(port))
        holder.kill()

    assert found == (1, {"ports.taken"})
    assert f"process {holder.pid}" in doctor.text
    assert str(elsewhere) in doctor.text


def test_a_port_that_the_projects_own_server_holds_is_no_fault(doctor, project):
    port = free_port()
    serve = [sys.executable, "-c", f"import socket; socket.create_server(('127.0.0.1', {port})).accept()[0].recv(1)"]
    with subprocess.Popen(serve, cwd=project) as own:
        wait_for_port_to_be_held(port, own)

        found = doctor(**end_of(port))
        own.kill()

    assert found == (0, set())
    assert f"own process {own.pid}" in doctor.text


def wait_for_port_to_be_held(port, process):
    from carboy.cli.doctor.ports import holder_of

    while process.poll() is None and holder_of(port) is None:
        pass


def test_an_address_that_is_not_this_machines_is_named(doctor):
    assert doctor(METRICS_PORT=str(free_port()), METRICS_HOST="192.0.2.1", METRICS_TOKEN="a" * 40)[1] == {
        "ports.closed"
    }


def test_a_pid_file_whose_process_lives_is_no_fault(doctor, project):
    (project / "gunicorn.pid").write_text(f"{os.getpid()}\n")

    assert doctor() == (0, set())


@pytest.mark.parametrize(
    ("said", "difference"),
    [
        ("flask", ""),
        ("flask==0.1", "flask is"),
        ("no-such-package==1", "no-such-package is missing"),
        ("no-such-package==1 ; python_version < '3'", None),
        ("--find-links here", None),
        ("./vendor/carboy-0.1.0-py3-none-any.whl", None),
    ],
)
def test_a_requirement_is_compared_with_what_is_installed_if_it_is_for_this_machine(said, difference):
    wanted = python.requirements_in(f"{said} \\\n    --hash=sha256:{'0' * 64}\n")

    told = [python.difference(one) for one in wanted]

    assert [one[: len(difference or "")] for one in told] == ([] if difference is None else [difference])


def test_packages_that_are_not_as_agreed_are_named(doctor, project):
    (project / "requirements.txt").write_text("click\nflask==0.1\nno-such-package==1\n")

    assert doctor() == (1, {"python.packages"})
    assert "1 of 3" in doctor.text


def test_a_python_that_the_project_cannot_run_on_is_named(doctor, project):
    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(f'{text}[project]\nname = "shop"\nrequires-python = ">=4"\n')

    assert doctor() == (1, {"python.version"})


@pytest.mark.parametrize(
    ("program", "mode"),
    [(None, 0), ("#!/bin/sh\n", 0o644), ("#!/nowhere/python\n", 0o755)],
    ids=["none", "mode", "gone"],
)
def test_an_environment_of_the_project_whose_carboy_cannot_be_run_is_named(doctor, project, program, mode):
    own = project / ".venv/bin/carboy"
    own.parent.mkdir(parents=True)
    if program:
        own.write_text(program)
        own.chmod(mode)

    assert doctor() == (1, {"python.environment"})


@pytest.mark.parametrize(("version", "remedy"), [("0.0.9", "carboy upgrade"), ("9.10", "pip install 'carboy==9.10'")])
def test_files_of_another_carboy_than_the_installed_are_named(doctor, project, version, remedy):
    (project / "pyproject.toml").write_text(f'[tool.carboy]\npackage = "shop"\nversion = "{version}"\n')

    assert doctor() == (1, {"project.version"})
    assert remedy in doctor.text


def test_secrets_that_git_keeps_and_that_others_may_read_are_named(doctor, project):
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    (project / ".env.d").mkdir()
    (project / ".env.d/.env.development").write_text("")
    (project / ".env.d/.env.development").chmod(0o644)
    project.chmod(0o755)

    open_to_all = doctor()
    (project / ".gitignore").write_text(".env.d/.env.*\n")
    (project / ".env.d/.env.development").chmod(0o600)

    assert open_to_all == (1, {"project.secrets-in-git", "project.secrets-open"})
    assert doctor() == (0, set())


def test_a_clock_that_files_have_overtaken_is_named(doctor, project):
    later = (project / "pyproject.toml").stat().st_mtime + 3600
    os.utime(project / "pyproject.toml", (later, later))

    assert doctor() == (1, {"clock.behind"})


@pytest.mark.parametrize("text", ["<<<<<<< yours\n[tool.carboy]\n", "[tool.carboy]\npackage = 'shop'\n"])
def test_a_project_file_that_cannot_be_used_is_a_finding_in_both_forms(doctor, project, text):
    (project / "pyproject.toml").write_text(text)

    found = doctor()
    told = CliRunner().invoke(main, ["doctor"])

    assert found == (1, {"project.unreadable"})
    assert told.exit_code == 1
    assert "project.unreadable" in told.output
    assert f"{project}/pyproject.toml cannot be" in told.output
    assert "only Python was looked at" not in told.output


def test_a_disk_that_is_full_and_a_folder_that_cannot_be_written_are_named(doctor, project, monkeypatch):
    monkeypatch.setattr(machine, "LEAST_FREE_BYTES", 1 << 60)
    monkeypatch.setattr(machine, "_written", lambda patient: [project / "gone"])

    assert doctor() == (1, {"machine.disk", "machine.folder"})


@pytest.mark.parametrize(("kind", "name"), [("sqlite", "SQLite"), ("postgresql", "PostgreSQL"), ("mariadb", "MariaDB")])
def test_it_says_which_database_it_is_and_which_migrations_wait(doctor, project, new_database, kind, name):
    (project / "migrations/versions").mkdir(parents=True)
    (project / "migrations/versions/a1.py").write_text("revision = 'a1'\ndown_revision = None\n")

    found = doctor(DATABASE_URL=new_database(kind))

    assert found == (1, {"data.unmigrated"})
    assert kind == "sqlite" or doctor.looks["database"]["seen"][-1].startswith(f"{name} 1")
    assert "DATABASE_URL in the environment" in doctor.looks["database"]["seen"][0]


def test_it_says_what_redis_does_when_its_memory_is_full(doctor, redis_server):
    from redis import Redis

    kept = doctor(REDIS_URL=redis_server)
    with Redis.from_url(redis_server) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")
        evicted = doctor(REDIS_URL=redis_server)
        redis.config_set("maxmemory-policy", "noeviction")

    assert (kept, evicted) == ((0, set()), (1, {"redis.eviction"}))


def test_who_is_asked_twice_answers_once(doctor, project):
    patient = Patient.in_folder(project)

    assert patient.app is patient.app
