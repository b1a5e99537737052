"""Keys that change while people are signed in, and what is installed."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version
from sign_in_fixtures import PASSWORD, Api

from carboy.data.flask import data_of
from carboy.testing.browsing import Browser
from starter import create_app

ROOT = Path(__file__).parents[2]
OLD = "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH"
NEW = "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV"
JWT_OLD = "uV0sT1qR2oP3mN4kL5iJ6gH7eF8cD9aB-wXyZ_"
JWT_NEW = "hG6fE5dC4bA3zY2xW1vU0tS9rQ8pO7nM_lKjI-"


@pytest.fixture
def app_with(settings, committed):
    """The starter with other keys, on the database that the others have: `app_with(secret_key=…)`."""
    made = []

    def make(**keys):
        values = {name: getattr(settings, name) for name in ("root", "database_url")}
        app = create_app(type(settings).load(environ={}, mode="testing", **values, **keys))
        made.append(app)
        return app

    yield make
    for app in made:
        data_of(app).database.close()


@pytest.fixture
def held(app_with, make_user):
    """A cookie, an access token and a refresh token that the old keys signed."""
    make_user()
    app = app_with(secret_key=OLD, jwt_secret_key=JWT_OLD)
    browser_of_ada = Browser(app)
    browser_of_ada.send("/login", email="ada@example.com", password=PASSWORD)
    said = {"email": "ada@example.com", "password": PASSWORD}
    tokens = app.test_client().post("/api/v1/tokens", json=said).json
    return browser_of_ada.cookie(), tokens


def statuses(app, held):
    """What the cookie, the access token and the refresh token are answered with."""
    cookie, tokens = held
    client, api = app.test_client(), Api(app.test_client())
    client.set_cookie("session", cookie)
    refreshed = api("PUT", "/tokens", {"refresh_token": tokens["refresh_token"]})
    return (
        client.get("/account").status_code,
        api("GET", "/users/me", token=tokens["access_token"]).status_code,
        refreshed.status_code,
    )


ROTATED = {
    "both": {"secret_key": NEW, "jwt_secret_key": JWT_NEW},
    "cookies alone": {"secret_key": NEW, "jwt_secret_key": JWT_OLD},
    "tokens alone": {"secret_key": OLD, "jwt_secret_key": JWT_NEW},
}
FALLBACKS = {"secret_key_fallbacks": (OLD,), "jwt_secret_key_fallbacks": (JWT_OLD,)}


def test_s70_whoever_is_signed_in_stays_so_while_the_old_key_is_a_fallback(app_with, held):
    """S70: cookie, access and refresh token."""
    answers = {name: statuses(app_with(**keys, **FALLBACKS), held) for name, keys in ROTATED.items()}

    assert answers == dict.fromkeys(ROTATED, (200, 200, 200))


def test_s70_once_the_fallback_is_gone_what_it_signed_is_worth_nothing(app_with, held):
    """S70: changing either key ends every token; SECRET_KEY ends cookies as well."""
    answers = {name: statuses(app_with(**keys), held) for name, keys in ROTATED.items()}

    ended = (303, 401, 401)
    assert answers == {"both": ended, "cookies alone": ended, "tokens alone": (200, 401, 401)}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "starter/tools/uv.txt"])
def test_s74_everything_that_is_installed_is_pinned_by_its_digest(name):
    """S74: one version of each package, and the bytes that it has."""
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()

    packages = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "-"))]

    assert packages
    assert [line for line in packages if not re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


FLOORS = {
    "flask": "3.1.3", "werkzeug": "3.1.8", "jinja2": "3.1.6", "itsdangerous": "2.2", "pyjwt": "2.15",
    "argon2-cffi": "25.1", "limits": "5.8", "email-validator": "2.3", "zxcvbn": "4.5", "gunicorn": "23",
}  # fmt: skip


@pytest.mark.parametrize("package", FLOORS)
def test_s74_what_is_locked_and_what_is_installed_has_the_fixes_that_we_rely_on(package):
    """S74: read from the lock file and from what is installed; nobody is asked."""
    locked = re.findall(rf"^{package}==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)

    assert locked
    assert min(map(Version, [*locked, version(package)])) >= Version(FLOORS[package])
