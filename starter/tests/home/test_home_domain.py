import subprocess
import sys
from dataclasses import dataclass

import pytest

from starter.features import FEATURES
from starter.home import domain


@dataclass(frozen=True)
class Settings:
    mode: str = "development"
    app_name: str = "Larder"
    database_url: str = "postgresql+psycopg://ada:hunter2@db.example.com/larder"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:///instance/larder.sqlite", "SQLite"),
        ("postgresql+psycopg://db.example.com/larder", "PostgreSQL"),
        ("mysql+pymysql://db.example.com/larder", "MariaDB"),
        ("mariadb+pymysql://db.example.com/larder", "MariaDB"),
    ],
)
def test_a_database_is_called_by_the_name_people_use(url, kind):
    assert domain.database_kind(url) == kind


def test_the_facts_never_tell_where_the_database_is_or_how_to_get_in():
    told = " ".join(row.says for row in domain.facts(Settings()))

    assert "PostgreSQL" in told
    assert not {secret for secret in ("ada", "hunter2", "db.example.com") if secret in told}


def test_every_feature_has_its_place_and_says_itself_what_it_is():
    places = {place.name: place.says for place in domain.places(FEATURES)}

    assert places["starter/accounts/"].startswith("This application's own user")
    assert all(places[f"{feature.replace('.', '/')}/"] for feature in FEATURES)


@pytest.mark.parametrize(
    ("mode", "shown"),
    [("development", True), ("testing", True), ("staging", False), ("production", False)],
)
def test_only_those_who_build_are_shown_the_workshop(mode, shown):
    assert domain.shows_workshop(mode) is shown


def test_the_rules_of_the_first_page_run_without_flask():
    program = "import sys, starter.home.domain; sys.exit('flask' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True)

    assert done.returncode == 0, done.stderr
