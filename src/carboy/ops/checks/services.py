"""Questions to what stands beside the database: Redis, the broker, the store of files, that of revoked tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from carboy.accounts.flask import accounts_of
from carboy.context import utc_now
from carboy.files.flask import files_of
from carboy.jobs.engines.celery import CeleryEngine
from carboy.jobs.flask import jobs_of
from carboy.ops.checks.asking import WITHOUT_DATABASE, question, reason, settings_of
from carboy.ops.checks.clocks import FOLLOW_TIME, skewed
from carboy.settings.ruling import Severity

if TYPE_CHECKING:
    from flask import Flask

_PATIENCE_SECONDS = 3.0
_WITHOUT_REDIS = ("redis.unreachable",)
_SETTINGS = "carboy.settings"


@question("redis.unreachable", room=_SETTINGS, remedy="Start Redis, or mend REDIS_URL.", everywhere=True)
def _redis_is_reached(app: "Flask") -> Iterator[str]:
    """Redis answers, if there is one."""
    if (url := settings_of(app).redis_url) is None:
        return
    try:
        redis_at(url).ping()
    except ModuleNotFoundError:
        yield "REDIS_URL is set, and the package that talks to Redis is missing: pip install carboy[redis]."
    except Exception as error:  # noqa: BLE001  (whatever it is, it does not answer)
        yield f"Redis does not answer: {reason(error)}"


@question(
    "accounts.revoked-tokens-evicted",
    room="carboy.accounts",
    remedy="Set maxmemory-policy to noeviction, or BLACKLIST_STORAGE_TYPE=database.",
    severity=Severity.FATAL,
    after=_WITHOUT_REDIS,
)
def _revoked_tokens_stay(app: "Flask") -> Iterator[str]:
    """Redis keeps the list of revoked tokens when its memory is full."""
    settings = settings_of(app)
    if settings.blacklist_storage_type == "redis" and (policy := _evicting(settings.redis_url)):
        yield f"Redis evicts keys when its memory is full ({policy}): a revoked token that is evicted counts again."


@question(
    "redis.eviction",
    room=_SETTINGS,
    remedy="Set maxmemory-policy to noeviction.",
    everywhere=True,
    after=(*_WITHOUT_REDIS, "accounts.revoked-tokens-evicted"),
)
def _redis_keeps_keys(app: "Flask") -> Iterator[str]:
    """Redis keeps what it was given when its memory is full."""
    if policy := _evicting(settings_of(app).redis_url):
        yield f"Redis evicts keys when its memory is full ({policy}): counts of who asks too often begin anew."


@question("redis.clock", room=_SETTINGS, remedy=FOLLOW_TIME, everywhere=True, after=_WITHOUT_REDIS)
def _redis_shows_the_same_time(app: "Flask") -> Iterator[str]:
    """The clock of this machine and Redis' show the same time."""
    if (url := settings_of(app).redis_url) is None:
        return
    before = utc_now()
    seconds, micros = redis_at(url).time()
    ahead = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros) - before
    yield from skewed("Redis'", ahead)


def _evicting(url: str | None) -> str:
    policy = redis_at(url).info("memory").get("maxmemory_policy", "") if url else ""
    return "" if policy == "noeviction" else str(policy)


def redis_at(url: str) -> Any:
    """Return a client that does not wait for long."""
    from redis import Redis

    return Redis.from_url(url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS)


@question(
    "jobs.broker",
    room="carboy.jobs",
    remedy="Start the broker, or mend CELERY_BROKER_URL.",
    everywhere=True,
    after=_WITHOUT_REDIS,
)
def _broker_is_reached(app: "Flask") -> Iterator[str]:
    """Celery's broker answers, if Celery runs the jobs."""
    engine = jobs_of(app).engine
    if not isinstance(engine, CeleryEngine):
        return
    try:
        with engine.new_celery().connection_for_write(connect_timeout=_PATIENCE_SECONDS) as line:
            line.ensure_connection(max_retries=1, timeout=_PATIENCE_SECONDS)
    except Exception as error:  # noqa: BLE001  (whatever it is, it does not answer)
        yield f"The broker does not answer: {reason(error)}"


@question(
    "files.store",
    room="carboy.files",
    remedy="Let the user that the application runs as write there, free some room, or mend FILES_DIR or S3_….",
    everywhere=True,
    after=(*WITHOUT_DATABASE, "files.folder"),
)
def _files_can_be_kept(app: "Flask") -> Iterator[str]:
    """The store of files takes files."""
    store = files_of(app).store
    try:
        store.check()
    except Exception as error:  # noqa: BLE001  (whatever it is, none can be kept)
        yield f"The store of files ({store.name}) takes none: {reason(error)}"


@question(
    "accounts.revocation-store",
    room="carboy.accounts",
    remedy="Start what BLACKLIST_STORAGE_TYPE names: without it every token is refused.",
    everywhere=True,
    after=(*WITHOUT_DATABASE, *_WITHOUT_REDIS),
)
def _revocation_is_known(app: "Flask") -> Iterator[str]:
    """The list of revoked tokens can be read."""
    try:
        accounts_of(app).store.check()
    except Exception as error:  # noqa: BLE001  (whatever it is, nobody knows which are revoked)
        yield f"The list of revoked tokens cannot be read: {reason(error)}"
