"""A secret is never shown: not in an error, not in a table, not in a repr."""

import json
import traceback

import pytest
from pydantic import Field, SecretStr, field_validator

from carboy.cli.config import config
from carboy.errors import SettingsError
from carboy.settings import Settings
from carboy.settings.report import rows
from carboy.settings.secrecy import redacted

PLANTED = "pLanted0Secret"


def wrong_in_every_way(shop):
    """Environments, each with the planted secret where something is wrong with it."""
    named = shop.write(PLANTED, PLANTED)
    yield {"SECRET_KEY": PLANTED}
    yield {"SECRET_KEY": PLANTED, "FLASK_SECRET_KEY": "another"}
    yield {"SECRET_KEY_FILE": PLANTED + "/x"}
    yield {"SECRET_KEY_FILE": str(named.with_name("absent"))}
    yield {"SECRET_KEY_FALLBACKS": f"a,{PLANTED}"}
    yield {"JWT_SECRET_KEY": PLANTED, "SECRET_KEY": PLANTED}
    for variable in ("DATABASE_URL", "DATABASE_READ_URL", "TEST_DATABASE_URL", "REDIS_URL"):
        for url in ("oracle://u:{}@h/d", "postgresql://u:a@{}@h/d", "postgresql://u:1/{}@h:x/d", "redis://{}@h:port"):
            yield {variable: url.format(PLANTED)}
        yield {variable: PLANTED}
    yield {"POSTGRES_PASSWORD": PLANTED}
    yield {"POSTGRES_PASSWORD": PLANTED, "DATABASE_URL": "postgresql://u:other@h/d"}
    yield {"POSTGRES_USER": "u", "POSTGRES_PASSWORD": PLANTED, "POSTGRES_NAME": "a?b", "POSTGRES_PORT": "x"}
    yield {"APP_BASE_URL": f"https://u:{PLANTED}@h"}
    yield {"CORS_ORIGINS": f"https://u:{PLANTED}@h"}
    yield from (
        {name: PLANTED} for name in ("PORT", "FLASK_DEBUG", "LOG_LEVEL", "FLASK_ENV", "PROXY_FIX", "LOG_FORMAT")
    )


def test_an_error_never_shows_what_was_said(shop, good):
    for environ in wrong_in_every_way(shop):
        with pytest.raises(SettingsError) as caught:
            shop.load(good | {"FLASK_DEBUG": "tru"} | environ)

        told = "".join(traceback.format_exception(caught.value))
        assert PLANTED not in told + repr(caught.value), environ.keys()
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "line", [PLANTED, f"{PLANTED}==", f"SECRET_KEY='{PLANTED}", f"{PLANTED} x", f"{PLANTED.lower()}=1"]
)
def test_an_error_never_shows_a_torn_line(shop, line):
    shop.write(".env", f"SECRET_KEY=first\n{line}\n")

    [fault] = shop.faults()

    assert PLANTED.lower() not in fault.lower()
    assert "line 2" in fault


def kept(shop):
    shop.write("key", PLANTED)
    return shop.load(
        {
            "SECRET_KEY_FILE": "key",
            "SECRET_KEY_FALLBACKS": f"x,{PLANTED}",
            "DATABASE_URL": f"postgresql://shop:{PLANTED}@db/shop",
            "DATABASE_READ_URL": f"postgresql:///shop?password={PLANTED}&sslmode=require",
            "TEST_DATABASE_URL": f"mysql://u:{PLANTED}@db/test",
            "REDIS_URL": f"redis://:{PLANTED}@cache",
        },
        jwt_secret_key=PLANTED,
    )


def test_settings_do_not_show_secrets_of_themselves(shop):
    settings = kept(shop)

    assert PLANTED not in f"{settings!r} {settings} {settings.sources} {rows(settings)}"
    assert "postgresql+psycopg://shop:********@db/shop" in repr(settings)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pw@h", "redis://:********@h"),
        ("redis://pw@h", "redis://********@h"),
        ("redis://pw:@h", "redis://********@h"),
        ("postgresql://u:p/w@x:y@h/d", "postgresql://u:********@h/d"),
        ("postgresql:///d?user=u&sslpassword=p&b=c", "postgresql:///d?user=u&sslpassword=********&b=c"),
        ("sqlite:////var/shop.sqlite", "sqlite:////var/shop.sqlite"),
        ("https://shop.example.org", "https://shop.example.org"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert redacted(url) == shown


class ShopSettings(Settings):
    """An application's own secrets, one of them said as plain text, and a check that tells too much."""

    stripe_key: SecretStr | None = Field(None, description="Pays.")
    smtp_password: str = Field("", description="Sends.")

    @field_validator("stripe_key")
    @classmethod
    def check(cls, key):
        raise ValueError(f"{key.get_secret_value()} is no key")


def test_the_applications_own_secrets_are_kept_too(shop):
    settings = shop.load({"SMTP_PASSWORD": PLANTED}, cls=ShopSettings)

    assert PLANTED not in repr(settings)
    assert PLANTED not in shop.faults({"STRIPE_KEY": PLANTED}, cls=ShopSettings)[0]


def test_the_command_shows_no_secret(make_app):
    app = make_app(secret_key=PLANTED, database_url=f"postgresql://u:{PLANTED}@h/d", redis_url=f"redis://:{PLANTED}@h")

    for form in ("text", "json"):
        told = app.test_cli_runner().invoke(config, ["--format", form])
        assert told.exit_code == 0, told.output
        assert PLANTED not in told.output
    assert {row["name"]: row["value"] for row in json.loads(told.output)["settings"]}["SECRET_KEY"] == "********"
