"""Machines come with a key, of which we keep a digest alone."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carboy.errors import SettingsError, Unauthenticated
from carboy.settings import Settings
from carboy.settings.report import rows
from carboy.web import identity
from carboy.web.identity import public
from carboy.web.keys import development_key

KEY = "ck_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"


def digest(key):
    return hashlib.sha256(key.encode()).hexdigest()


def ask(app, *keys, path="/"):
    return app.test_client().get(path, headers=[("X-API-Key", key) for key in keys])


@pytest.fixture
def every_door_is_open():
    """Here they are as they are in production."""
    return False


@pytest.fixture
def with_views():
    def add(app):
        app.add_url_rule("/", "home", lambda: identity.current().principal)
        app.add_url_rule("/open", "open", public(lambda: "open"))
        return app

    return add


@pytest.fixture
def app(make_app, with_views):
    return with_views(make_app(api_keys=f"ci={digest(KEY)}, robot={digest('ck_other')}"))


def test_a_key_opens_closed_doors_under_its_name(app):
    assert (ask(app, KEY).text, ask(app, "ck_other").text) == ("key:ci", "key:robot")


def test_a_machine_is_no_user_and_has_one_role(app):
    seen = []
    app.add_url_rule("/me", "me", lambda: seen.append(identity.current()) or "")

    ask(app, KEY, path="/me")

    assert (seen[0].user_id, seen[0].session_id, seen[0].roles) == (None, None, {"machine"})


@pytest.mark.parametrize(
    "keys",
    [("",), ("wrong",), (KEY.upper(),), (KEY[:-1],), (KEY + "x",), (KEY, KEY), (f"{KEY},{KEY}",), ("x" * 5000,),
     (digest(KEY),), (f"ci={digest(KEY)}",), ("ci",), ("schlüssel",)],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/open"])
def test_any_other_key_is_refused_even_where_none_is_needed(app, keys, path):
    assert ask(app, *keys, path=path).status_code == 401


def test_the_document_of_the_api_says_how_to_send_a_key(app):
    (scheme,) = identity.schemes_of(app).values()

    assert {"type": "apiKey", "in": "header", "name": "X-API-Key"}.items() <= scheme.items()
    assert "flask keys create" in scheme["description"]


def test_without_a_key_closed_doors_stay_closed(app):
    assert (ask(app).status_code, ask(app, path="/open").status_code) == (401, 200)


def test_a_wrong_key_is_repeated_nowhere(app, caplog, capfd):
    told = []
    app.register_error_handler(Unauthenticated, lambda error: told.append(str(error)) or (error.detail, 401))

    answer = ask(app, "ck_mistyped_secret")

    everything = [answer.text, str(answer.headers), caplog.text, *capfd.readouterr(), *told]
    assert not [words for words in everything if "mistyped" in words]


@pytest.mark.parametrize("mode", ["development", "testing"])
def test_keys_are_secret_in_every_listing(make_settings, mode):
    settings = make_settings(mode=mode, api_keys=f"ci={digest(KEY)}", secret_key="a" * 40)

    shown = [repr(settings), *(str(row) for row in rows(settings))]

    assert not [words for words in shown if digest(KEY) in words]


@pytest.mark.parametrize(
    "said",
    [KEY, f"ci={KEY}", f"CI={digest(KEY)}", f"ci:{digest(KEY)}", f"ci={digest(KEY).upper()}", f"ci={digest(KEY)[:-1]}",
     f"ci={digest(KEY)},ci={digest('other')}", f"ci={digest(KEY)},robot={digest(KEY)}", f"={digest(KEY)}"],
)  # fmt: skip
def test_keys_that_are_spelled_wrongly_are_refused_and_not_repeated(project, said):
    with pytest.raises(SettingsError, match="API_KEYS") as refusal:
        Settings.load(root=project, environ={"API_KEYS": said}, mode="testing")

    assert not {KEY, digest(KEY)} & set(re.findall(r"[\w-]+", str(refusal.value)))
    assert refusal.value.exit_code == 78


def test_a_key_for_development_is_there_while_there_are_no_others(make_app, make_settings, with_views):
    key = development_key(make_settings(mode="development", secret_key="k" * 32))

    app = with_views(make_app(mode="development", secret_key="k" * 32))

    assert key.startswith("ck_dev_")
    assert ask(app, key).text == "key:development"


def test_the_key_for_development_is_another_for_every_secret_key(make_settings):
    keys = {development_key(make_settings(mode="development", secret_key=key * 32)) for key in "aab"}

    assert len(keys) == 2


@pytest.mark.parametrize("mode", ["development", "testing", "staging", "production"])
def test_the_key_for_development_opens_nothing_once_there_are_others_or_in_another_mode(
    make_app, make_settings, with_views, deployed, mode
):
    key = development_key(make_settings(mode="development", secret_key=deployed["secret_key"]))
    others = {"api_keys": f"ci={digest(KEY)}"} if mode == "development" else {}
    app = with_views(make_app(**{**deployed, "mode": mode, **others}))

    answer = app.test_client().get("/", headers={"X-API-Key": key}, base_url="https://shop.example.org")

    assert answer.status_code == 401


def test_a_key_is_made_and_shown_once_with_the_setting_that_lets_it_in(make_app, with_views):
    printed = make_app().test_cli_runner().invoke(args=["keys", "create", "ci"]).output

    key = re.search(r"ck_[\w-]{43}", printed)[0]
    line = re.search(r"API_KEYS=(\S+)", printed)[1]
    app = with_views(make_app(api_keys=line))

    assert line == f"ci={digest(key)}"
    assert ask(app, key).text == "key:ci"


def test_a_second_key_keeps_the_first(make_app):
    app = make_app(api_keys=f"ci={digest(KEY)}")

    printed = app.test_cli_runner().invoke(args=["keys", "create", "robot"]).output

    assert re.search(rf"API_KEYS=ci={digest(KEY)},robot=[0-9a-f]{{64}}\n", printed)


@pytest.mark.parametrize("name", ["ci", "CI", "my key", "a=b", ""])
def test_a_key_is_not_made_under_a_name_that_is_taken_or_that_is_none(make_app, name):
    app = make_app(api_keys=f"ci={digest(KEY)}")

    finished = app.test_cli_runner().invoke(args=["keys", "create", name])

    assert finished.exit_code == 2
    assert "ck_" not in finished.output


def test_the_key_that_flask_dev_shows_is_that_of_the_process_that_serves():
    script = (
        "import os; from carboy.settings import Settings; from carboy.cli.dev import _say_how_to_call_the_api as say;"
        "say(Settings.load(environ=os.environ)); from carboy.web.keys import development_key;"
        "print(development_key(Settings.load(environ=os.environ)))"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}

    shown = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=Path(__file__).parent, capture_output=True, text=True,
        check=True,
    )  # fmt: skip

    assert len(set(re.findall(r"ck_dev_[\w-]+", shown.stdout))) == 1
    assert shown.stdout.count("ck_dev_") == 2
