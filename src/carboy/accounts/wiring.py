"""How an application is given accounts, from its settings: `accounts.init_app(app, User)`."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask

from carboy import settings as settings_room
from carboy.accounts import administering, authenticators, cli
from carboy.accounts.budgets import Budgets
from carboy.accounts.devices import Devices
from carboy.accounts.flask import accounts_of
from carboy.accounts.hashing import Hasher
from carboy.accounts.joining import join
from carboy.accounts.passwords import PasswordPolicy
from carboy.accounts.revocation import RevocationStore, choose
from carboy.accounts.room import Accounts, Policy
from carboy.accounts.signing import Signer
from carboy.accounts.table import Purpose
from carboy.data.flask import seed
from carboy.errors import SetupError
from carboy.mail.flask import mail_of

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.settings import Settings


ChooseStore = Callable[["Database"], RevocationStore]
STORES = ("memory", "redis", "database")


def init_app(app: Flask, user: type[Any], *, stores: Sequence[str] = STORES, store: ChooseStore | None = None) -> None:
    """Give this application accounts, whose users are of this class. Connects to nothing.

    `stores` are those that BLACKLIST_STORAGE_TYPE may name. The table of one that is left out is not there. `store`
    makes one of your own, whatever that setting says.
    """
    settings = settings_room.of(app)
    if store is None:
        _refuse_what_was_left_out(settings, stores)
    if "database" in stores:
        import_module("carboy.accounts.revocation.database")  # for its table
    app.extensions["carboy.accounts"] = join(
        Accounts(
            user=user,
            mail=mail_of(app),
            choose_store=store or partial(_store, settings),
            signer=_signer(settings),
            policy=_policy(settings),
            passwords=PasswordPolicy(
                min_length=settings.password_min_length,
                max_length=settings.password_max_length,
                min_guesses_log10=settings.password_min_guesses_log10,
                names=(settings.app_name,),
            ),
            hasher=Hasher(time_cost=settings.argon2_time_cost, memory_kib=settings.argon2_memory_kib),
            budgets=Budgets(app.extensions["carboy.throttle"], on=settings.auth_throttling),
            devices=Devices(_keys(settings.secret_key, settings.secret_key_fallbacks)),
            notes_by_clock=settings.mode != "testing",
        )
    )
    authenticators.init_app(app)
    app.register_blueprint(Blueprint("carboy_accounts", __name__, template_folder="templates"))
    app.cli.add_command(cli.users_commands)
    app.cli.add_command(cli.auth_commands)
    seed(app, administering.plant_roles)
    if (health := app.extensions.get("carboy.health")) is not None:
        health.checks["revocation"] = lambda: _look_at_store(app)


def _refuse_what_was_left_out(settings: "Settings", stores: Sequence[str]) -> None:
    if settings.blacklist_storage_type not in stores:
        raise SetupError(
            f"BLACKLIST_STORAGE_TYPE is {settings.blacklist_storage_type}, which this application leaves out:"
            f" accounts.init_app(…, stores={tuple(stores)!r}). Name it there, or set another."
        )


def _store(settings: "Settings", database: Any) -> Any:
    return choose(settings.blacklist_storage_type, database=database, redis_url=settings.redis_url)


def _look_at_store(app: Flask) -> None:
    accounts_of(app).store.check()


def _signer(settings: "Settings") -> Signer:
    secrets = _keys(settings.secret_key, settings.secret_key_fallbacks)
    jwt_secrets = _keys(settings.jwt_secret_key, settings.jwt_secret_key_fallbacks)
    pairs = [(secret.encode(), jwt_secret.encode()) for secret in secrets for jwt_secret in jwt_secrets]
    return Signer(pairs, issuer=settings.jwt_issuer, audience=settings.jwt_audience)


def _keys(newest: Any, older: Sequence[Any]) -> list[str]:
    return [key.get_secret_value() for key in (newest, *older)]


def _policy(settings: "Settings") -> Policy:
    return Policy(
        session_lifetime=timedelta(seconds=settings.session_lifetime),
        session_absolute_lifetime=timedelta(seconds=settings.session_absolute_lifetime),
        access_lifetime=timedelta(seconds=settings.jwt_access_token_expires),
        refresh_lifetime=timedelta(seconds=settings.jwt_refresh_token_expires),
        reuse_grace=timedelta(seconds=settings.jwt_refresh_reuse_grace),
        link_lifetimes={
            Purpose.CONFIRM_EMAIL: timedelta(seconds=settings.email_confirm_expires),
            Purpose.RESET_PASSWORD: timedelta(seconds=settings.password_reset_expires),
            Purpose.CHANGE_EMAIL: timedelta(seconds=settings.email_change_expires),
        },
        confirmed_only=settings.require_confirmed_email,
        open_to_all=settings.registration == "open",
    )
