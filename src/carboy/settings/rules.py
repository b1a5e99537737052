"""What settings must keep to: some rules everywhere, more where strangers can reach the application.

A rule yields ends of the sentence "NAME (where it was said) …", and never repeats what was said.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from carboy.settings import urls

if TYPE_CHECKING:
    from pydantic import SecretStr

    from carboy.settings import Settings

Check = Callable[["Settings", Collection[str]], Iterator[str]]

DEPLOYED = ("staging", "production")
PLACEHOLDER = "change-me"
# In no key that was drawn at random; in most that were made up.
_MADE_UP = (
    "change",
    "secret",
    "example",
    "placeholder",
    "password",
    "insecure",
    "replace",
    "guess",
    "default",
    "qwerty",
)


_ADDRESSES = ("api", "problems", "health", "livez", "readyz", "metrics", "socket.io")


class Rule(NamedTuple):
    """A check, and the settings that it looks at: the first is the one to mend."""

    fields: tuple[str, ...]
    check: Check
    everywhere: bool


RULES: list[Rule] = []


def _about(*fields: str, everywhere: bool = False) -> Callable[[Check], Check]:
    def note(check: Check) -> Check:
        RULES.append(Rule(fields, check, everywhere))
        return check

    return note


def refusals(settings: "Settings", given: Collection[str], broken: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each setting that cannot stay as it is, and why.

    `given` are the settings that somebody said; `broken` are those that have no value, since what was said is wrong.
    """
    for rule in RULES:
        if (rule.everywhere or settings.deployed) and not set(rule.fields) & set(broken):
            for sentence in rule.check(settings, given):
                yield rule.fields[0], sentence


def usual_live_manager(mode: str, redis_url: str | None) -> Literal["memory", "database", "redis"]:
    """Return how live events travel if nobody says it."""
    if mode == "testing":
        return "memory"
    return "redis" if redis_url else "database"


def weakness(key: str) -> str | None:
    """Return what is wrong with a key, or None when nobody will guess it."""
    if any(word in key.lower() for word in _MADE_UP):
        return "looks made up, or left over from an example"
    if len(key.encode()) < 32:
        return "is too short: 32 bytes at the least"
    # 64 random hexadecimal digits are a good key, and often use only 14 or 15 of the 16 digits.
    needed = 10 if re.fullmatch(r"[0-9a-fA-F]{64,}", key) else 16
    if len(set(key)) < needed:
        return "is made of too few different characters"
    return None


def _weak(keys: "Collection[SecretStr]") -> Iterator[str]:
    for key in keys:
        if found := weakness(key.get_secret_value()):
            yield f"{found}. `flask secrets` prints good ones"


@_about("secret_key")
def _secret_key(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    yield from _weak([settings.secret_key])


@_about("secret_key_fallbacks")
def _secret_key_fallbacks(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    yield from _weak(settings.secret_key_fallbacks)


@_about("jwt_secret_key")
def _jwt_secret_key(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    yield from _weak([settings.jwt_secret_key])


@_about("jwt_secret_key_fallbacks")
def _jwt_secret_key_fallbacks(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    yield from _weak(settings.jwt_secret_key_fallbacks)


@_about("jwt_secret_key", "secret_key", "secret_key_fallbacks")
def _two_keys(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.jwt_secret_key in (settings.secret_key, *settings.secret_key_fallbacks):
        yield "must differ from SECRET_KEY: whoever learns one must not have both"


@_about("debug")
def _no_debugger(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.debug:
        yield "must be off: the debugger runs any code that a visitor sends"


@_about("gunicorn_reload")
def _no_reload(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.gunicorn_reload:
        yield "must be off: a half-copied release would be served"


@_about("blacklist_storage_type")
def _shared_blacklist(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.blacklist_storage_type == "memory":
        yield "must be database or redis: one process does not see what another revoked, and a restart forgets it"


@_about("blacklist_storage_type", "redis_url", everywhere=True)
def _redis_for_the_blacklist(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.blacklist_storage_type == "redis" and not settings.redis_url:
        yield "is redis, so REDIS_URL must be set"


@_about("celery_broker_url", "jobs_engine", everywhere=True)
def _broker_for_celery(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.jobs_engine == "celery" and not settings.celery_broker_url:
        yield "must be set, or REDIS_URL, since JOBS_ENGINE is celery"


@_about("live_manager", "redis_url", everywhere=True)
def _redis_for_live_events(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.live_manager == "redis" and not settings.redis_url:
        yield "is redis, so REDIS_URL must be set"


@_about("live_manager")
def _live_events_are_shared(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.live_manager == "memory":
        yield "must be database or redis: no process would hear what happens in another, nor which sign-in ends"


@_about("files_dir", "files_store", everywhere=True)
def _folder_for_files(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.files_store != "folder":
        return
    if settings.files_dir is None:
        yield "must name a folder that exists, since FILES_STORE is folder"
    elif not os.access(settings.files_dir, os.R_OK | os.W_OK | os.X_OK):
        yield "must name a folder that this user can write into"


@_about("files_dir", "static_dir", everywhere=True)
def _files_are_not_static(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    folder, static = settings.files_dir, settings.static_dir
    if folder and static and folder.resolve().is_relative_to(static.resolve()):
        yield "must not lie in FLASK_STATIC_DIR: anybody could fetch what people have sent"


@_about("s3_bucket", "files_store", everywhere=True)
def _bucket_for_files(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.files_store == "s3" and not settings.s3_bucket:
        yield "must be set, since FILES_STORE is s3"


@_about("s3_secret", "s3_key_id", everywhere=True)
def _keys_come_in_pairs(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if bool(settings.s3_key_id) is not bool(settings.s3_secret.get_secret_value()):
        yield "and S3_KEY_ID must both be set, or neither"


@_about("mail_url")
def _mails_are_sent(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.mail_url in ("mailbox", "console"):
        yield "must lead to a mail server, or to a folder: nobody would get what is only shown to developers"
    if (settings.mail_url or "").startswith("smtp") and urls.mail_server(settings.mail_url or "").is_overheard:
        yield "can have ?tls=no only for this very machine: others on the way could read the mails"


@_about("static_dir", "template_dir", everywhere=True)
def _nothing_but_built_files(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    folder = settings.static_dir
    if folder is None:
        return
    if settings.root.resolve().is_relative_to(folder.resolve()):
        yield "holds the whole project: its keys and its database could be fetched"
    elif settings.template_dir and settings.template_dir.resolve().is_relative_to(folder.resolve()):
        yield "holds the templates, whose sources could be fetched. Name the folder of the built files, as dist/assets"
    if folder.name in _ADDRESSES:
        yield "is named like an address of the application, which nobody could reach any more. Rename it"


@_about("jwt_refresh_token_expires", "jwt_access_token_expires", everywhere=True)
def _refresh_outlives_access(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.jwt_refresh_token_expires <= settings.jwt_access_token_expires:
        yield "must be longer than JWT_ACCESS_TOKEN_EXPIRES: a token is refreshed after the shorter one has ended"


@_about("jwt_refresh_token_expires", "session_absolute_lifetime", everywhere=True)
def _refresh_ends_with_the_session(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.jwt_refresh_token_expires > settings.session_absolute_lifetime:
        yield "must not be longer than SESSION_ABSOLUTE_LIFETIME: no token outlives the sign-in that it comes from"


@_about("session_absolute_lifetime", "session_lifetime", everywhere=True)
def _the_end_comes_last(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.session_absolute_lifetime < settings.session_lifetime:
        yield "must not be shorter than SESSION_LIFETIME: that would never be reached"


@_about("password_max_length", "password_min_length", everywhere=True)
def _some_password_fits(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.password_max_length < settings.password_min_length:
        yield "must not be less than PASSWORD_MIN_LENGTH: no password would fit"


@_about("auth_throttling")
def _guessing_costs(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if not settings.auth_throttling:
        yield "must be on: without it passwords can be guessed as fast as we can answer"


@_about("cors_origins")
def _readers_are_named(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    yield from _anybody(settings.cors_origins)


@_about("csrf_trusted_origins")
def _senders_are_named(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    yield from _anybody(settings.csrf_trusted_origins)


def _anybody(origins: Collection[str]) -> Iterator[str]:
    if {"*", "null"} & set(origins):
        yield "must name every origin: * and null are anybody"


@_about("trusted_hosts")
def _hosts_are_named(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    if "trusted_hosts" not in given or not settings.trusted_hosts:
        yield "must be set: the host names that visitors use. Any other Host header is refused"


@_about("app_base_url")
def _public_address(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    url = urlsplit(settings.app_base_url)
    if "app_base_url" not in given:
        yield "must be set: links in mails begin with it"
        return
    if url.scheme != "https":
        yield "must begin with https://: over plain http cookies and passwords can be read on the way"
    if url.path or url.query or url.fragment:
        yield "must end after the host: a path belongs in SCRIPT_NAME"


@_about("app_base_url", "trusted_hosts")
def _public_address_is_trusted(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    host = re.sub(r":[0-9]+$", "", urlsplit(settings.app_base_url).netloc)
    if {"app_base_url", "trusted_hosts"} <= set(given) and not _covers(settings.trusted_hosts, host):
        yield "must lead to a host of TRUSTED_HOSTS: its own visitors would be refused"


def _covers(trusted: Collection[str], host: str) -> bool:
    return any(host == name or (name.startswith(".") and f".{host}".endswith(name)) for name in trusted)


@_about("database_url", "allow_sqlite_in_production")
def _database_server(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    if settings.database_url.startswith("sqlite") and not settings.allow_sqlite_in_production:
        yield (
            "must lead to a PostgreSQL or MariaDB server. A SQLite file serves one machine alone; if that is what"
            " you want, set ALLOW_SQLITE_IN_PRODUCTION=1"
        )
