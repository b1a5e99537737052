"""What a process is for."""

import pytest

from carboy.settings.kinds import MODES


@pytest.mark.parametrize(
    "said",
    ["production", " Production ", "config.ProductionConfig", "mvc.config.ProductionConfig", "ProductionConfig"],
)
@pytest.mark.parametrize("variable", ["FLASK_ENV", "FLASK_CONFIG", "APP_SETTINGS"])
def test_a_mode_may_be_said_as_older_projects_said_it(shop, good, variable, said):
    del good["FLASK_ENV"]

    assert shop.load(good | {variable: said}).mode == "production"


def test_without_a_word_it_is_development(shop):
    assert shop.load().mode == "development"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("dev", "development"), ("prod", "production"), ("test", "testing"), ("prodution", "production")],
)
def test_a_mode_that_is_none_is_refused_with_the_one_that_was_meant(shop, said, meant):
    [fault] = shop.faults({"FLASK_ENV": said})

    assert fault.startswith("FLASK_ENV (in the environment) must be one of")
    assert fault.endswith(f"Did you mean {meant}?")


def test_the_plain_file_may_say_the_mode(shop):
    shop.write(".env", "FLASK_ENV=testing\n")
    shop.write(".env.d/.env.testing", "PORT=5001\n")

    assert shop.load().port == 5001


def test_a_file_of_one_mode_that_names_another_is_refused(shop):
    shop.write(".env.d/.env.development", "FLASK_ENV=production\n")

    [fault] = shop.faults()

    assert "names another mode than development" in fault


def test_a_file_may_name_the_mode_that_it_is_for(shop):
    shop.write(".env.d/.env.testing", "FLASK_ENV=testing\n")

    assert shop.load(mode="testing").mode == "testing"


def test_older_spellings_of_the_mode_work_and_are_warned_of(shop):
    [warning] = shop.load({"FLASK_CONFIG": "testing"}).warnings

    assert "FLASK_CONFIG (in the environment) is an older spelling of FLASK_ENV" in warning


def test_two_spellings_of_different_modes_are_refused(shop):
    [fault] = shop.faults({"FLASK_ENV": "testing", "APP_SETTINGS": "config.DevelopmentConfig"})

    assert "FLASK_ENV (in the environment) and APP_SETTINGS (in the environment)" in fault


@pytest.mark.parametrize("mode", MODES)
def test_staging_and_production_are_deployed_and_the_others_not(shop, good, mode):
    settings = shop.load(good | {"FLASK_ENV": mode})

    assert settings.deployed is (mode in ("staging", "production"))
    assert settings.log_format == ("json" if settings.deployed else "text")


@pytest.mark.parametrize("mode", ["development", "testing"])
def test_each_process_draws_its_own_keys_where_nobody_is_deployed(shop, mode):
    one, other = shop.load(mode=mode), shop.load(mode=mode)

    assert one.secret_key != other.secret_key != one.jwt_secret_key
    assert one.sources["secret_key"] == one.sources["jwt_secret_key"] == "made for this process"


def test_a_file_that_flask_copied_into_the_environment_is_warned_of(shop):
    shop.write(".env", "PORT=5001\nHOST=127.0.0.1\n")
    copied = {"PORT": "5001", "HOST": "127.0.0.1"}

    assert "FLASK_SKIP_DOTENV=1" in shop.load(copied).warnings[0]
    assert shop.load({**copied, "FLASK_SKIP_DOTENV": "1"}).warnings == ()
    assert shop.load({**copied, "PORT": "5002"}).warnings == ()


@pytest.mark.parametrize(
    ("mode", "confirmed", "throttled"),
    [("development", False, True), ("testing", False, False), ("staging", True, True), ("production", True, True)],
)
def test_accounts_are_guarded_where_strangers_come(shop, good, mode, confirmed, throttled):
    settings = shop.load(good | {"FLASK_ENV": mode})

    assert (settings.require_confirmed_email, settings.auth_throttling) == (confirmed, throttled)
