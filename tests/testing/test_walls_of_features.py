"""Each wall is planted with what it must refuse; a wall that nobody has seen refuse anything is only a notice."""

import pytest

from carboy.errors import SetupError
from carboy.testing.walls import breaches, flask_brought_by, import_ring, modules_that_run_alone, what_comes_along

FEATURES = ("shop.users", "shop.orders", "shop.offers")
CLEAN = {
    "__init__.py": "def create_app():\n    from carboy.app import create_app as build\n    return build\n",
    "features.py": f"FEATURES = {FEATURES!r}\n",
    "clock.py": "import datetime\n",
    "users/__init__.py": "def register(app, api):\n    pass\n",
    "users/models.py": "from carboy.data import Model\nfrom sqlalchemy.orm import Mapped\n",
    "users/domain.py": "from carboy.errors import NotFound\n",
    "orders/__init__.py": "def register(app, api):\n    from shop.orders import api as mine\n",
    "orders/models.py": "from carboy.data import Model\n",
    "orders/domain.py": "from shop.users import domain as users\nfrom shop.orders.models import Model\n",
    "orders/backend.py": "from sqlalchemy import select\nfrom shop.orders import domain, models\n",
    "orders/schemas.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shop.orders.models\n",
    "orders/api.py": "from flask import Blueprint\nfrom shop.orders import backend, domain, schemas\n",
    "orders/pages.py": "from flask import Blueprint\nimport shop.users.domain\nfrom shop import clock\n",
    "orders/jobs.py": "from shop.orders import backend, domain\n",
    "offers/__init__.py": "def register(app, api):\n    pass\n",
    "offers/domain.py": "from shop.orders.domain import Model\n",
}

PLANTED = [
    ("orders/pages.py", "from shop.users import models", "shop.orders.pages imports shop.users.models"),
    ("orders/models.py", "from shop.users.models import User", "only through its domain"),
    ("orders/pages.py", "def page():\n    import shop.users.models", "only through its domain"),
    ("orders/domain.py", "from shop.offers import domain as offers", "shop.offers is listed below shop.orders"),
    ("users/domain.py", "from shop import create_app", "the application stands above its features"),
    ("clock.py", "from shop.users import domain", "belongs to no feature"),
    ("orders/domain.py", "from flask import g", "domain works without Flask"),
    ("orders/domain.py", "def search():\n    from flask import g", "domain works without Flask"),
    ("orders/domain.py", "from flask_login import current_user", "domain works without Flask"),
    ("orders/domain.py", "from carboy.data.flask import db", "imports carboy.data.flask"),
    ("orders/domain.py", "from carboy.web import cookies", "imports carboy.web.cookies"),
    ("orders/domain.py", "from http import HTTPStatus", "domain knows no HTTP"),
    ("orders/domain.py", "from sqlalchemy import select", "domain knows no SQL"),
    ("orders/domain.py", "from shop.orders import backend", "domain does not know its backend"),
    ("orders/domain.py", "from shop.orders import jobs", "domain does not know its jobs"),
    ("orders/models.py", "import click", "models works without Flask"),
    ("orders/backend.py", "import werkzeug.exceptions", "backend works without Flask"),
    ("orders/pages.py", "import sqlalchemy", "pages knows no SQL"),
    ("orders/api.py", "import sqlite3", "api knows no SQL"),
    ("orders/jobs.py", "from sqlalchemy import text", "jobs knows no SQL"),
    ("orders/schemas.py", "from sqlalchemy import text", "schemas knows no SQL"),
    ("orders/pages.py", "from shop.orders.models import Order", "pages does not know its models"),
    ("orders/__init__.py", "from flask import Blueprint", "must not bring Flask in"),
    ("orders/__init__.py", "from shop.orders import pages", "must not bring Flask in"),
    ("__init__.py", "from carboy.app import create_app", "must not bring Flask in"),
]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package of three features without a breach."""
    for name, content in CLEAN.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "shop"


def test_a_clean_package_has_no_breach(shop):
    assert breaches("shop", FEATURES) == []


@pytest.mark.long
@pytest.mark.parametrize(("file", "line", "sentence"), PLANTED)
def test_a_planted_breach_is_named_once(shop, file, line, sentence):
    plant(shop / file, line)

    [breach] = breaches("shop", FEATURES)

    assert sentence in breach


def test_a_breach_says_who_imports_whom_where_and_why(shop):
    plant(shop / "orders/pages.py", "from shop.users.models import User")

    assert breaches("shop", FEATURES) == [
        "shop.orders.pages imports shop.users.models (line 4): a feature may use another only through its domain."
    ]


def test_each_line_that_goes_through_a_wall_is_named(shop):
    plant(shop / "orders/pages.py", "import sqlalchemy\nfrom sqlalchemy import text")

    assert len(breaches("shop", FEATURES)) == 2


def test_what_is_imported_for_types_alone_goes_through_no_wall(shop):
    plant(shop / "orders/domain.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from flask import Flask")

    assert breaches("shop", FEATURES) == []


def test_a_feature_that_no_line_lists_is_a_breach(shop):
    assert "shop.offers has a register() and no line in FEATURES" in breaches("shop", FEATURES[:2])[0]


def test_a_folder_that_no_wall_can_see_into_is_a_breach(shop):
    (shop / "orders" / "backends").mkdir()
    (shop / "orders" / "backends" / "plain.py").write_text("import flask\n")

    [breach] = breaches("shop", FEATURES)

    assert "backends holds modules and no __init__.py" in breach


def test_modules_that_import_each_other_are_a_breach(shop):
    plant(shop / "orders/models.py", "def later():\n    from shop.orders import backend")

    [breach] = breaches("shop", FEATURES)

    assert "shop.orders.backend imports shop.orders.models imports shop.orders.backend: nobody can read" in breach
    assert set(import_ring("shop")) == {"shop.orders.models", "shop.orders.backend"}


def test_what_must_run_alone_is_found_by_walking(shop):
    assert modules_that_run_alone("shop") == [
        "shop.offers.domain",
        "shop.orders.backend",
        "shop.orders.domain",
        "shop.orders.models",
        "shop.users.domain",
        "shop.users.models",
    ]


def test_flask_is_missed_in_a_fresh_interpreter_and_its_bringer_named(shop):
    plant(shop / "users/domain.py", "import shop.users.rim")
    (shop / "users/rim.py").write_text("import click\n")

    assert flask_brought_by(["shop.orders.schemas", "shop.users.domain"]) == ["shop.users.domain brings click along."]


def test_modules_without_flask_bring_none(shop):
    assert flask_brought_by(["shop.orders.schemas", "shop.clock"]) == []


def test_what_a_module_loads_is_asked_of_a_fresh_interpreter(shop):
    plant(shop / "orders/schemas.py", "import colorsys")

    loaded = what_comes_along(["shop.clock", "shop.orders.schemas"])

    assert {"shop", "shop.clock"} <= set(loaded["shop.clock"])
    assert {"colorsys", "shop.orders", "shop.orders.schemas"} <= set(loaded["shop.orders.schemas"])
    assert "shop" not in loaded["shop.orders.schemas"]


def test_a_module_that_cannot_be_imported_alone_says_why(shop):
    plant(shop / "orders/schemas.py", "import nowhere_to_be_found")

    with pytest.raises(SetupError, match=r"shop\.orders\.schemas can be imported(?s:.*)nowhere_to_be_found"):
        what_comes_along(["shop.orders.schemas"])


def plant(path, line):
    with path.open("a") as file:
        file.write(line + "\n")
