"""How an application comes by its settings, and the commands that need no application."""

import os
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from carboy import settings as settings_room
from carboy.errors import SetupError
from carboy.settings import Settings

FLASK = Path(sysconfig.get_path("scripts")) / "flask"


def test_an_application_without_settings_says_what_to_do():
    with pytest.raises(SetupError, match=r"carboy.settings.adopt\(app\)"):
        settings_room.of(Flask("bare"))


def test_the_first_settings_that_are_adopted_stay(shop):
    app, first = Flask("app"), shop.load()

    assert settings_room.adopt(app, first) is first
    assert settings_room.adopt(app, shop.load()) is first
    assert settings_room.of(app) is first


def test_without_settings_those_of_the_applications_folder_are_loaded(shop):
    app = Flask("app", root_path=str(shop.root))

    assert settings_room.adopt(app).root == shop.root


def test_importing_the_settings_brings_no_framework_along():
    script = "import sys, carboy.settings; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert not {"flask", "click", "sqlalchemy", "dotenv", "difflib", "pydantic_settings"} & set(loaded)


def run(folder, *command, **environ):
    return subprocess.run(
        [FLASK, *command],
        cwd=folder,
        env={"PATH": os.defpath, "FLASK_SKIP_DOTENV": "1"} | environ,
        capture_output=True,
        text=True,
    )


def test_config_shows_names_values_sources_and_warnings(shop):
    shown = run(shop.root, "config", APP_PORT="5001").stdout

    assert "PORT in the environment" in shown
    assert "Warning: APP_PORT (in the environment) is an older spelling of PORT" in shown


def test_config_tells_what_is_wrong_as_a_plain_list_and_ends_with_78(shop):
    finished = run(shop.root, "config", PORT="many", LOG_LEVEL="loud")

    assert finished.returncode == 78
    assert "2 settings are wrong:" in finished.stderr
    assert "Traceback" not in finished.stderr


SHOP = """
from flask import Flask
from carboy import settings

class Settings(settings.Settings):
    page_size: int = 20

def create_app():
    app = Flask("shop")
    settings.adopt(app, Settings.load())
    return app
"""


@pytest.mark.long
@pytest.mark.parametrize("option", [(), ("--example", "staging"), ("--reference",)])
def test_config_knows_the_settings_that_an_application_adds(shop, option):
    shop.write("shop.py", SHOP)

    assert "PAGE_SIZE" in run(shop.root, "--app", "shop", "config", *option).stdout


def test_config_of_an_application_with_wrong_settings_ends_with_78(shop):
    shop.write("shop.py", SHOP)

    finished = run(shop.root, "--app", "shop", "config", PAGE_SIZE="many")

    assert finished.returncode == 78
    assert "PAGE_SIZE (in the environment)" in finished.stderr


@pytest.mark.long
def test_an_example_can_be_had_while_settings_are_wrong(shop):
    finished = run(shop.root, "config", "--example", "production", FLASK_ENV="production")

    assert "\nSECRET_KEY=change-me\n" in finished.stdout
    assert finished.stderr == ""


def test_secrets_prints_keys_that_production_accepts(shop, good):
    printed = run(shop.root, "secrets").stdout

    keys = dict(line.split("=", 1) for line in printed.splitlines())
    assert list(keys) == ["SECRET_KEY", "JWT_SECRET_KEY"]
    assert shop.faults(good | keys) == []


@pytest.mark.long
def test_secrets_begins_a_file_for_its_owner_alone_and_leaves_it_from_then_on(shop):
    first = run(shop.root, "secrets", "--write")
    file = shop.root / ".env.d/.env.development"
    content = file.read_text()
    second = run(shop.root, "secrets", "--write")

    assert (first.returncode, second.returncode) == (0, 0)
    assert "Wrote" in first.stdout
    assert "Left" in second.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == content
    assert shop.load().sources["secret_key"].startswith("SECRET_KEY in .env.d/.env.development line")


@pytest.mark.long
def test_several_that_write_at_once_make_one_file(shop):
    with ThreadPoolExecutor(4) as hands:
        told = [done.stdout for done in hands.map(lambda _: run(shop.root, "secrets", "--write"), range(4))]

    assert sum("Wrote" in line for line in told) == 1
    assert sum("Left" in line for line in told) == 3
    assert [file.name for file in (shop.root / ".env.d").iterdir()] == [".env.development"]
    assert shop.faults() == []


def test_secrets_for_production_leave_the_rest_to_be_filled_in(shop):
    run(shop.root, "secrets", "--write", "--mode", "production")

    faults = shop.faults({"FLASK_ENV": "production"})

    to_fill_in = {"DATABASE_URL", "APP_BASE_URL", "TRUSTED_HOSTS", "MAIL_URL"}
    assert {fault.partition(" ")[0] for fault in faults} == to_fill_in


def test_the_class_can_be_had_from_the_front_door():
    import carboy

    assert carboy.Settings is Settings
