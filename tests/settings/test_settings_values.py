"""How text becomes a value, and which text does not."""

from pathlib import Path

import pytest
from pydantic import Field

from carboy.settings import Settings

ACCEPTED = [
    ("FLASK_DEBUG", "ON", "debug", True),
    ("FLASK_DEBUG", "0", "debug", False),
    ("PORT", " 8080 ", "port", 8080),
    ("SECRET_KEY_FALLBACKS", "", "secret_key_fallbacks", ()),
    (
        "TRUSTED_HOSTS",
        "Shop.Example.ORG, .example.org,::1,",
        "trusted_hosts",
        ("shop.example.org", ".example.org", "[::1]"),
    ),
    (
        "CORS_ORIGINS",
        "https://Shop.example.org:443/,http://a:81",
        "cors_origins",
        ("https://shop.example.org", "http://a:81"),
    ),
    ("PROXY_FIX", "1, 1,0,0,0", "proxy_fix", (1, 1, 0, 0, 0)),
    ("SCRIPT_NAME", "shop/", "script_name", "/shop"),
    ("SCRIPT_NAME", "/a/b", "script_name", "/a/b"),
    ("SCRIPT_NAME", "/", "script_name", ""),
    ("LOG_LEVEL", "debug", "log_level", "DEBUG"),
    ("BLACKLIST_STORAGE_TYPE", "Memory", "blacklist_storage_type", "memory"),
    ("APP_BASE_URL", "HTTPS://Shop.example.org/", "app_base_url", "https://shop.example.org"),
    ("DATABASE_URL", "postgres://u@h/d", "database_url", "postgresql+psycopg://u@h/d"),
    ("DATABASE_URL", "postgresql+psycopg://h/d", "database_url", "postgresql+psycopg://h/d"),
    ("DATABASE_URL", "postgresql:///d?host=/run/pg", "database_url", "postgresql+psycopg:///d?host=/run/pg"),
    ("DATABASE_URL", "mysql://h/d", "database_url", "mysql+pymysql://h/d"),
    ("DATABASE_URL", "mariadb+pymysql://h:3306/d", "database_url", "mysql+pymysql://h:3306/d"),
    ("DATABASE_URL", "sqlite:////var/shop.sqlite", "database_url", "sqlite:////var/shop.sqlite"),
    ("REDIS_URL", "rediss://:p@h:1/2", "redis_url", "rediss://:p@h:1/2"),
    ("TEST_DATABASE_URL", "mysql://h/shop_test", "test_database_url", "mysql+pymysql://h/shop_test"),
    ("REGISTRATION", "Closed", "registration", "closed"),
    ("PASSWORD_MIN_GUESSES_LOG10", "10", "password_min_guesses_log10", 10.0),
    ("PASSWORD_MIN_GUESSES_LOG10", "0", "password_min_guesses_log10", 0.0),
]


@pytest.mark.parametrize(("variable", "text", "field", "value"), ACCEPTED)
def test_text_becomes_a_value(shop, variable, text, field, value):
    assert getattr(shop.load({variable: text}), field) == value


REFUSED = [
    ("FLASK_DEBUG", "tru"),
    ("PORT", "15.0"),
    ("PORT", "70000"),
    ("PORT", "1_000"),
    ("MAX_CONTENT_LENGTH", "2MB"),
    ("DATABASE_BUSY_SECONDS", "nan"),
    ("DATABASE_BUSY_SECONDS", "0"),
    ("JWT_ACCESS_TOKEN_EXPIRES", "59"),
    ("JWT_ACCESS_TOKEN_EXPIRES", "86401"),
    ("JWT_REFRESH_TOKEN_EXPIRES", "900"),
    ("JWT_REFRESH_TOKEN_EXPIRES", "2592001"),
    ("JWT_REFRESH_REUSE_GRACE", "61"),
    ("SESSION_LIFETIME", "59"),
    ("SUDO_MAX_AGE", "59"),
    ("SUDO_MAX_AGE", "3601"),
    ("REGISTRATION", "invited"),
    ("PASSWORD_MIN_LENGTH", "7"),
    ("PASSWORD_MAX_LENGTH", "63"),
    ("PASSWORD_MAX_LENGTH", "1025"),
    ("PASSWORD_MIN_GUESSES_LOG10", "-1"),
    ("PASSWORD_MIN_GUESSES_LOG10", "20.5"),
    ("PASSWORD_MIN_GUESSES_LOG10", "1e1"),
    ("ARGON2_TIME_COST", "1"),
    ("ARGON2_MEMORY_KIB", "19455"),
    ("TRUSTED_HOSTS", "*"),
    ("TRUSTED_HOSTS", "https://shop.example.org"),
    ("TRUSTED_HOSTS", "shop.example.org:8080"),
    ("CORS_ORIGINS", "shop.example.org"),
    ("CORS_ORIGINS", "https://shop.example.org/path"),
    ("APP_BASE_URL", "shop.example.org"),
    ("APP_BASE_URL", "https://user:pw@shop.example.org"),
    ("PROXY_FIX", "1"),
    ("PROXY_FIX", "1,1,0,0,-1"),
    ("SCRIPT_NAME", "/a/../b"),
    ("SCRIPT_NAME", "/a//b"),
    ("SCRIPT_NAME", "/a b"),
    ("SCRIPT_NAME", "/a?b"),
    ("SCRIPT_NAME", "/a#b"),
    ("LOG_LEVEL", "warn"),
    ("LOG_FORMAT", "xml"),
    ("LOG_FILE", "absent/shop.log"),
    ("FLASK_TEMPLATE_DIR", "absent"),
    ("FLASK_TEMPLATE_DIR", "empty"),
    ("FLASK_STATIC_DIR", "absent"),
    ("BLACKLIST_STORAGE_TYPE", "disk"),
    ("BLACKLIST_STORAGE_TYPE", "redis"),
    ("DATABASE_URL", "oracle://h/d"),
    ("DATABASE_URL", "shop.sqlite"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "sqlite:///file:x?mode=memory&uri=true"),
    ("DATABASE_URL", "postgresql://u:p@ss@h/d"),
    ("REDIS_URL", "http://h"),
    ("TEST_DATABASE_URL", "postgresql://test:test@test/shop"),
]


@pytest.mark.parametrize(("variable", "text"), REFUSED)
def test_a_value_that_cannot_be_is_refused_by_its_variable_and_source(shop, variable, text):
    (shop.root / "empty").mkdir()

    [fault] = shop.faults({variable: text})

    assert fault.startswith(f"{variable} (in the environment) ")


def test_a_word_that_is_nearly_one_brings_the_one_that_was_meant(shop):
    assert "Did you mean WARNING?" in shop.faults({"LOG_LEVEL": "warn"})[0]
    assert "Did you mean database?" in shop.faults({"BLACKLIST_STORAGE_TYPE": "databse"})[0]


def test_a_star_among_the_hosts_brings_what_to_write_instead(shop):
    assert ".example.org stands for it and all its sub-domains" in shop.faults({"TRUSTED_HOSTS": "*.shop.test"})[0]


def test_an_unknown_database_names_those_that_work(shop):
    [fault] = shop.faults({"DATABASE_URL": "oracle://h/d"})

    assert all(scheme in fault for scheme in ("sqlite://", "postgresql://", "mysql://", "mariadb://"))


def test_folders_are_found_from_the_root(shop):
    shop.write("built/index.html", "")
    shop.write("built/assets/app.js", "")

    settings = shop.load({"FLASK_TEMPLATE_DIR": "built"}, static_dir=Path("built/assets"))

    assert (settings.template_dir, settings.static_dir) == (shop.root / "built", shop.root / "built/assets")


def test_all_that_is_wrong_is_told_at_once(shop, good):
    shop.write(".env", "PROT=1\nno assignment\n")
    wrong = {"PORT": "many", "FLASK_DEBUG": "tru", "CORS_ORIGINS": "*", "SECRET_KEY": "short"}

    told = "\n".join(shop.faults(good | wrong, gunicorn_workers=0))

    for name in ("PROT", "line 2", "PORT", "FLASK_DEBUG", "CORS_ORIGINS", "SECRET_KEY", "GUNICORN_WORKERS"):
        assert name in told


def test_defaults_follow_the_name_of_the_application(shop):
    settings = shop.load({"APP_NAME": "Shop"})

    assert {settings.jwt_issuer, settings.jwt_audience, settings.gunicorn_proc_name} == {"Shop"}


def test_settings_do_not_change(shop):
    settings = shop.load()

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


class ShopSettings(Settings):
    """Settings of an application that adds its own."""

    newsletter_url: str = Field("", description="Where the sign-up form sends people.")
    page_size: int = Field(description="How many goods a page shows.")


def test_an_application_adds_settings_by_a_subclass(shop):
    shop.write(".env", "NEWSLETTER_URL=https://news.example.org\n")

    settings = shop.load({"PAGE_SIZE": "20"}, cls=ShopSettings)

    assert (settings.newsletter_url, settings.page_size) == ("https://news.example.org", 20)


def test_a_setting_of_the_application_without_default_must_be_set(shop):
    assert shop.faults(cls=ShopSettings) == ["PAGE_SIZE is not set."]


def test_near_misses_of_the_applications_own_settings_are_seen(shop):
    shop.write(".env", "NEWSLETER_URL=x\n")

    assert "Did you mean NEWSLETTER_URL?" in shop.faults({"PAGE_SIZE": "1"}, cls=ShopSettings)[0]
    assert "NEWSLETTER_URL" not in shop.faults()[0]


@pytest.mark.parametrize("field", Settings.model_fields.keys() - {"root", "port"})
def test_a_wrong_value_is_told_as_one_whatever_else_is_said(shop, field):
    said = {field: getattr(shop.load(), field)}

    assert any("PORT" in fault for fault in shop.faults(port="many", **said))


def test_an_override_that_is_no_setting_is_refused(shop):
    assert "Did you mean port?" in shop.faults(prot=1)[0]


@pytest.mark.parametrize(
    ("url", "prefix", "name", "path"),
    [
        ("http://localhost:5000", "", "session", "/"),
        ("http://localhost:5000", "/shop", "session-shop", "/shop"),
        ("https://shop.example.org", "", "__Host-session", "/"),
        ("https://shop.example.org", "/shop", "__Host-session-shop", "/"),
    ],
)
def test_flask_gets_a_cookie_that_fits_the_address(shop, url, prefix, name, path):
    config = shop.load(app_base_url=url, script_name=prefix).flask_config()

    assert (config["SESSION_COOKIE_NAME"], config["SESSION_COOKIE_PATH"]) == (name, path)
    assert config["SESSION_COOKIE_SECURE"] is url.startswith("https")


def test_flask_gets_keys_as_text(shop):
    config = shop.load(secret_key="new", secret_key_fallbacks="old,older", mode="testing").flask_config()

    assert (config["SECRET_KEY"], config["SECRET_KEY_FALLBACKS"], config["TESTING"]) == ("new", ["old", "older"], True)
