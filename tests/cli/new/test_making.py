"""`carboy new`, typed: all of a project or nothing of it."""

import json
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner

from carboy.cli.command import main
from carboy.cli.new import making
from carboy.cli.new.rendering import File, render

ADA = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
ADA |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "ada@example.com"}
NOBODY = {"HOME": "/nowhere", "XDG_CONFIG_HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder in which projects are made."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def type_new(here):
    def typed(*words, **surroundings):
        return CliRunner().invoke(main, ["new", *words], env=NOBODY | ADA | surroundings)

    return typed


@pytest.fixture
def quick(monkeypatch):
    """Leave out what takes long: the wheel, and the migration."""
    monkeypatch.setattr(making, "put_wheel", lambda folder: folder.mkdir())
    monkeypatch.setattr(making, "first_migration", lambda folder, package: nullcontext())


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A project, made in earnest."""
    folder = tmp_path_factory.mktemp("made")
    words = [
        sys.executable,
        "-c",
        "from carboy.cli.command import main; main()",
        "new",
        "shop",
        "--without",
        "foss,todos",
    ]
    done = subprocess.run(words, cwd=folder, env=os.environ | ADA, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "shop", done.stdout


def git(folder, *words):
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True).stdout.splitlines()


def test_a_project_says_what_to_do_next_in_three_commands(shop):
    told = shop[1].splitlines()

    assert told[0] == "Made shop."
    assert [line.split("  #")[0].strip() for line in told if line.startswith("    ")] == [
        "cd shop",
        "make run",
        "make test",
    ]


def test_its_history_begins_with_one_commit_of_all_but_the_keys(shop):
    folder = shop[0]

    assert git(folder, "log", "--format=%an %s") == ["Ada Begin shop with Carboy"]
    assert git(folder, "status", "--short") == []
    assert {".env.d/development.example", "vendor/carboy-0.1.0-py3-none-any.whl"} < set(git(folder, "ls-files"))
    assert ".env.d/.env.development" not in git(folder, "ls-files")


def test_its_keys_are_its_own_and_for_its_owners_eyes_alone(shop, quick, type_new, here):
    type_new("other")

    files = [folder / ".env.d/.env.development" for folder in (shop[0], here / "other")]
    keys = [set(re.findall(r"^\w*SECRET_KEY=(.{64})$", file.read_text(), re.MULTILINE)) for file in files]

    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 2
    assert len(keys[0] | keys[1]) == 4


def test_s73_a_new_project_is_clean(shop, laid_out):
    folder, ruff = shop[0], Path(sys.executable).with_name("ruff")
    keys = re.findall(r"=([\w-]{40,})$", (folder / ".env.d/.env.development").read_text(), re.MULTILINE)
    files = ["shop/.env", ".env.d/.env.production", ".env.d/.env.development", "instance/shop.sqlite"]

    # The rules of bandit, as ruff has them; what is allowed by a comment has its reason there.
    judged = [ruff, "check", "--isolated", "--no-cache", "--select=S", "--exclude=tests", laid_out("whole")]
    found = subprocess.run(judged, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout
    assert len(keys) >= 2
    assert not [
        name for name in git(folder, "ls-files") if any(key.encode() in (folder / name).read_bytes() for key in keys)
    ]
    assert git(folder, "check-ignore", *files) == files


MIGRATE = """
from alembic import command
from carboy.data.flask import data_of
from shop import create_app
room = data_of(create_app())
room.migrations.upgrade(room.database)
command.check(room.migrations.config(room.database))
"""


def test_its_one_migration_makes_its_tables_with_the_rows_that_they_begin_with(shop, tmp_path):
    folder, database = shop[0], tmp_path / "test.sqlite"
    asked = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "FLASK_ENV": "testing"}

    done = subprocess.run([sys.executable, "-c", MIGRATE], cwd=folder, env=asked, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        assert sorted(connection.execute("SELECT name FROM roles")) == [("admin",), ("user",)]
    assert {"users", "jobs", "files"} < tables
    assert not {"foss", "todos", "todo_readers"} & tables
    assert len(list(folder.glob("migrations/versions/*.py"))) == 1


def test_its_programs_can_be_run(shop):
    assert [os.access(shop[0] / "tools" / name, os.X_OK) for name in ("check", "install", "lock")] == [True] * 3


def test_programs_are_told_as_json(quick, type_new):
    said = json.loads(type_new("shop", "--json", "--without", "todos, foss", "--without", "calculator").stdout)

    assert said["without"] == ["calculator", "foss", "todos"]
    assert said["history"] == "committed"
    assert said["next"] == ["cd shop", "make run", "make test"]
    assert {"shop/features.py", ".env.d/.env.development"} < set(said["files"])


@pytest.mark.parametrize(
    ("surroundings", "history"),
    [
        (dict.fromkeys(ADA, "") | {"GIT_CONFIG_COUNT": "0"}, "initialised"),
        ({"PATH": "/nowhere"}, "none"),
    ],
)
def test_a_project_is_made_without_git_and_without_a_name_for_it(quick, type_new, surroundings, history):
    made = type_new("shop", "--json", **surroundings)

    assert json.loads(made.stdout)["history"] == history


def test_a_folder_within_a_repository_is_left_to_that(quick, type_new, here):
    git(here, "init")

    made = type_new("shop")

    assert "It lies in a git repository already" in made.output
    assert not (here / "shop/.git").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["my-shop"], "Try my_shop."),
        (["there"], "there is there already."),
        (["file"], "file is there already."),
        (["dangling"], "dangling is there already."),
        (["json"], "Python's own"),
        (["shop", "--without", "todo"], "Did you mean todos?"),
        (["shop", "--without", "home"], "Name some of todos, foss, calculator."),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_written(type_new, here, words, told):
    (here / "there").mkdir()
    (here / "file").touch()
    (here / "dangling").symlink_to("nowhere")
    before = sorted(here.iterdir())

    refused = type_new(*words)

    assert refused.exit_code == 2
    assert told in refused.output
    assert len(refused.output.splitlines()) == 1
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError("The disk is full.")], ids=["Ctrl-C", "disk"])
@pytest.mark.parametrize("step", ["put_wheel", "begin_file", "first_migration"])
def test_whatever_stops_it_half_way_nothing_is_left(type_new, here, monkeypatch, quick, step, fault):
    def stop(*_anything):
        raise fault

    monkeypatch.setattr(making, step, stop)

    stopped = type_new("shop")

    assert stopped.exit_code == 1
    assert list(here.iterdir()) == []


SLOW = """
import signal, time
from contextlib import nullcontext
from carboy.cli.command import main
from carboy.cli.new import making

def put_wheel(folder):
    begin_file(folder.parent / ".env.d" / ".env.development", "development")
    print("growing", flush=True)
    time.sleep(60)

for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may have them ignored
begin_file = making.begin_file
making.put_wheel = put_wheel
making.first_migration = lambda folder, package: nullcontext()
main(["new", "shop"])
"""


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_stops_it_while_it_grows_leaves_no_keys_behind(here, number):
    with subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE, text=True) as growing:
        assert growing.stdout.readline() == "growing\n"
        half_way = list(here.glob(".shop-*/.env.d/.env.development"))
        growing.send_signal(number)
        growing.wait(30)

    assert len(half_way) == 1
    assert growing.returncode == 128 + number
    assert list(here.iterdir()) == []


def broken(starter, answers):
    return render(starter, answers) | {f"{answers.name}/broken/models.py": File(b"1 / 0")}


@pytest.mark.long
def test_a_migration_that_cannot_be_written_is_told_and_nothing_is_left(type_new, here, monkeypatch):
    monkeypatch.setattr(making, "put_wheel", lambda folder: None)
    monkeypatch.setattr(making, "render", broken)

    refused = type_new("shop")

    assert refused.exit_code == 1
    assert "ZeroDivisionError" in refused.output
    assert list(here.iterdir()) == []


def test_what_comes_into_its_place_meanwhile_is_left_alone(type_new, here, monkeypatch, quick):
    monkeypatch.setattr(making, "begin_file", lambda path, mode: (here / "shop").mkdir())

    refused = type_new("shop")

    assert refused.exit_code == 1
    assert "has come into being meanwhile" in refused.output
    assert list(here.iterdir()) == [here / "shop"]
    assert list((here / "shop").iterdir()) == []


@pytest.mark.long
def test_models_need_nothing_but_what_carboy_always_brings(tmp_path):
    """Where only Carboy is installed, its extras are not."""
    extras = ("argon2", "jwt", "zxcvbn", "email_validator", "PIL", "socketio", "prometheus_client", "redis", "celery")
    program = f"import sys; sys.modules.update(dict.fromkeys({extras!r}));"
    program += "from carboy.cli.new.first_migration import write_here; write_here('starter')"
    shutil.copytree(Path(__file__).parents[3] / "starter/starter", tmp_path / "starter")
    (tmp_path / "migrations/versions").mkdir(parents=True)

    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("migrations/versions/*.py"))) == 1
