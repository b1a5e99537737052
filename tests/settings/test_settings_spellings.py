"""The names that a setting goes by, alone, together and in parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import make_url

from carboy.settings.urls import POSTGRES

SPELLINGS = [
    ("secret_key", "FLASK_SECRET_KEY", "k" * 40),
    ("database_url", "SQLALCHEMY_DATABASE_URI", "postgresql://db.shop.test/shop"),
    ("script_name", "MOUNT_PATH", "shop"),
    ("slow_request_seconds", "SLOW_API_TIME", "0.25"),
    ("host", "APP_HOST", "127.0.0.2"),
    ("port", "APP_PORT", "5001"),
    ("debug", "FLASK_DEBUG", "yes"),
    ("template_dir", "FLASK_TEMPLATE_DIR", "built"),
    ("static_dir", "FLASK_STATIC_DIR", "built"),
]


@pytest.mark.parametrize(("field", "variable", "value"), SPELLINGS)
def test_other_spellings_work_and_are_told(shop, field, variable, value):
    shop.write("built/index.html", "")

    assert shop.load({variable: value}).sources[field] == f"{variable} in the environment"


def test_two_spellings_that_say_the_same_in_other_words_agree(shop):
    same = {"DATABASE_URL": "postgres://db.shop.test/shop", "SQLALCHEMY_DATABASE_URI": "postgresql://db.shop.test/shop"}

    assert shop.faults(same | {"SLOW_REQUEST_SECONDS": "0.5", "SLOW_API_TIME": "0.50"}) == []


def test_two_spellings_that_disagree_in_one_source_are_refused_by_name_and_without_values(shop):
    [fault] = shop.faults({"SECRET_KEY": "one-of-two-keys", "FLASK_SECRET_KEY": "the-other-key"})

    assert "SECRET_KEY (in the environment) and FLASK_SECRET_KEY (in the environment) say different things" in fault
    assert "key" not in fault


def test_a_higher_source_wins_over_another_spelling_in_a_lower_one(shop):
    shop.write(".env", "SECRET_KEY=lower\n")

    assert shop.load({"FLASK_SECRET_KEY": "higher"}).secret_key.get_secret_value() == "higher"


PARTS = {"POSTGRES_USER": "shop", "POSTGRES_PASSWORD": "p@ss/w:rd#%?", "POSTGRES_HOST": "db", "POSTGRES_NAME": "shop"}


def test_a_database_url_is_put_together_from_its_parts_with_the_password_quoted(shop):
    url = make_url(shop.load(PARTS).database_url)

    assert url.render_as_string() == "postgresql+psycopg://shop:***@db:5432/shop"
    assert url.password == "p@ss/w:rd#%?"


@given(
    user=some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    password=some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
)
def test_any_user_and_password_survive_being_put_together(user, password):
    url = make_url(POSTGRES.compose({"user": user, "password": password, "name": "shop"}))

    assert (url.username, url.password, url.host, url.database) == (user, password, "localhost", "shop")


def test_parts_may_stand_in_different_sources(shop):
    shop.write("password", "s3cret\n")
    shop.write(".env", "POSTGRES_USER=shop\nPOSTGRES_DB=shop\n")

    settings = shop.load({"POSTGRES_PASSWORD_FILE": "password"})

    assert settings.database_url == "postgresql+psycopg://shop:s3cret@localhost:5432/shop"
    assert "POSTGRES_PASSWORD from POSTGRES_PASSWORD_FILE=password" in settings.sources["database_url"]


def test_a_unix_socket_may_be_the_host(shop):
    url = make_url(shop.load(PARTS | {"POSTGRES_HOST": "/run/postgresql"}).database_url)

    assert (url.host, url.query["host"]) == (None, "/run/postgresql")


def test_parts_that_are_not_enough_say_which_are_missing(shop):
    [fault] = shop.faults({"POSTGRES_PORT": "5433"})

    assert "POSTGRES_USER and POSTGRES_NAME must be set too" in fault


URL = "postgresql://shop:p%40ss@DB/shop"


@pytest.mark.parametrize(
    "part",
    [("POSTGRES_USER", "other"), ("POSTGRES_PASSWORD", "other"), ("POSTGRES_HOST", "other"), ("POSTGRES_PORT", "5433")],
)
def test_a_part_that_disagrees_with_the_url_beside_it_is_refused(shop, part):
    name, value = part

    [fault] = shop.faults({"DATABASE_URL": URL, name: value})

    assert name in fault
    assert "different" in fault


def test_parts_that_agree_with_the_url_beside_them_are_fine(shop):
    parts = {"POSTGRES_PASSWORD": "p@ss", "POSTGRES_HOST": "db", "POSTGRES_PORT": "5432", "POSTGRES_DB": "shop"}

    assert shop.faults({"DATABASE_URL": URL} | parts) == []


def test_a_url_wins_over_parts_in_a_lower_source_and_parts_over_a_lower_url(shop):
    shop.write(".env", f"DATABASE_URL={URL}\nREDIS_HOST=cache\n")

    settings = shop.load({**PARTS, "REDIS_URL": "redis://other:6380/1"})

    assert settings.sources["database_url"].startswith("DATABASE_URL put together from POSTGRES_USER")
    assert settings.redis_url == "redis://other:6380/1"


def test_redis_is_put_together_too(shop):
    settings = shop.load({"REDIS_HOST": "::1", "REDIS_PASSWORD": "a:b", "REDIS_DB_INDEX": "3"})

    assert settings.redis_url == "redis://:a%3Ab@[::1]:6379/3"
