"""What lies below `carboy.web` works in a process that has no Flask, and so does every feature's domain."""

from pathlib import Path

import pytest

from carboy.testing.walls import flask_brought_by, modules_that_run_alone

LIBRARY = Path(__file__).parents[2] / "src" / "carboy"
# The doors to Flask; and what only alembic, or Celery, which has click, can run.
NOT_ASKED = {
    "flask.py",
    "api.py",
    "api",
    "pages",
    "cli.py",
    "authenticators.py",
    "browser.py",
    "wiring.py",
    "env.py",
    "celery_worker.py",
}
BESIDE_THE_WEB = ["errors.py", "context.py", "settings", "data", "jobs", "mail", "accounts", "files"]


@pytest.mark.long
@pytest.mark.parametrize("room", [room for room in BESIDE_THE_WEB if (LIBRARY / room).exists()])
def test_a_room_that_is_not_about_the_web_comes_without_flask(room):
    modules = modules_of(room)

    assert flask_brought_by(modules) == []


def test_every_domain_of_the_starter_comes_without_flask():
    modules = modules_that_run_alone("starter")

    assert "starter.home.domain" in modules
    assert flask_brought_by(modules) == []


def modules_of(room):
    place = LIBRARY / room
    inside = [path for path in place.rglob("*.py") if not NOT_ASKED & {path.name, path.parent.name}]
    files = [place] if place.is_file() else inside
    names = [".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts) for path in files]
    return sorted(name.removesuffix(".__init__") for name in names)
