"""Which source wins, and how it is told."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some

LAYERS = ["override", "environment", "named file", "secrets folder", "mode file", "plain file"]
SAID = {layer: str(5000 + number) for number, layer in enumerate(LAYERS)}


def said_in(shop, layers):
    """Say another PORT in each of these layers."""
    for path in ("port", "secrets/PORT", ".env.d/.env.testing", ".env"):
        (shop.root / path).unlink(missing_ok=True)
    environ, overrides = {"FLASK_ENV": "testing"}, {}
    for layer in layers:
        match layer:
            case "override":
                overrides["port"] = int(SAID[layer])
            case "environment":
                environ["PORT"] = SAID[layer]
            case "named file":
                environ["PORT_FILE"] = str(shop.write("port", SAID[layer] + "\n"))
            case "secrets folder":
                shop.write("secrets/PORT", SAID[layer])
                environ["SECRETS_DIR"] = "secrets"
            case "mode file":
                shop.write(".env.d/.env.testing", f"PORT={SAID[layer]}\n")
            case "plain file":
                shop.write(".env", f"PORT={SAID[layer]}\n")
    return environ, overrides


@given(layers=some.sets(some.sampled_from(LAYERS)))
@effort(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_highest_source_wins_whatever_the_others_say(shop, layers):
    if {"environment", "named file"} <= layers:
        layers = layers - {"named file"}
    environ, overrides = said_in(shop, layers)

    port = shop.load(environ, **overrides).port

    assert str(port) == next((SAID[layer] for layer in LAYERS if layer in layers), "5000")


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ("override", "PORT given to load()"),
        ("environment", "PORT in the environment"),
        ("named file", "PORT from PORT_FILE="),
        ("secrets folder", "secrets/PORT"),
        ("mode file", "PORT in .env.d/.env.testing line 1"),
        ("plain file", "PORT in .env line 1"),
    ],
)
def test_the_source_and_the_spelling_of_each_value_are_told(shop, layer, told):
    environ, overrides = said_in(shop, [layer])

    assert told in shop.load(environ, **overrides).sources["port"]


def test_what_nobody_says_is_told_as_default(shop):
    assert shop.load().sources["port"] == "default"


def test_a_value_and_a_file_for_it_at_once_are_refused(shop):
    shop.write("port", "5001")

    [fault] = shop.faults({"PORT": "5001", "PORT_FILE": "port"})

    assert "PORT (in the environment) and PORT_FILE (in the environment) are both set" in fault


def test_a_named_file_loses_one_line_break_and_no_more(shop):
    key = shop.write("key", " a key\n\n")

    assert shop.load({"SECRET_KEY_FILE": str(key)}).secret_key.get_secret_value() == " a key\n"


def test_a_dotenv_file_may_name_files_too(shop):
    shop.write("port", "5001")
    shop.write(".env", "PORT_FILE=port\n")

    assert shop.load().port == 5001


@pytest.mark.parametrize("environ", [{"PORT_FILE": "absent"}, {"SECRETS_DIR": "absent"}, {"ENV_FILE": "absent"}])
def test_a_file_or_folder_that_is_named_must_be_there(shop, environ):
    [fault] = shop.faults(environ)

    assert next(iter(environ)) in fault or "absent cannot be read" in fault


def test_a_secret_that_is_no_text_is_refused(shop):
    (shop.root / "key").write_bytes(b"\xff\xfe")

    assert "SECRET_KEY_FILE" in shop.faults({"SECRET_KEY_FILE": "key"})[0]


def test_env_file_stands_in_for_the_file_of_the_mode(shop):
    shop.write(".env.d/.env.development", "PORT=5001\n")
    shop.write("other", "PORT=5002\n")

    assert shop.load({"ENV_FILE": "other"}).port == 5002


def test_an_empty_value_is_not_a_value(shop):
    shop.write(".env", "PORT=5001\n")

    assert shop.load({"PORT": ""}).port == 5001


def test_what_kubernetes_says_about_a_service_is_not_a_port(shop):
    assert shop.load({"REDIS_PORT": "tcp://10.0.0.1:6379", "APP_PORT": "tcp://10.0.0.1:80"}).port == 5000


def test_paths_start_at_the_folder_of_the_project(shop):
    settings = shop.load({"DATABASE_URL": "sqlite:///data/shop.sqlite"})

    assert settings.database_url == f"sqlite:///{shop.root}/data/shop.sqlite"


def test_the_default_database_is_a_file_of_the_mode_and_is_not_made(shop):
    settings = shop.load(mode="testing")

    assert settings.database_url == f"sqlite:///{shop.root}/instance/testing.sqlite"
    assert list(shop.root.iterdir()) == []
