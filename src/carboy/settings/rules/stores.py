"""Rules about where things are kept: rows, files, jobs, events, revoked tokens."""

import os
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from carboy.settings.ruling import rule

if TYPE_CHECKING:
    from carboy.settings import Settings


@rule(
    "accounts.memory-blacklist",
    "blacklist_storage_type",
    remedy="Set BLACKLIST_STORAGE_TYPE=database, or redis with REDIS_URL.",
)
def _shared_blacklist(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Every process and every restart knows which tokens were revoked."""
    if settings.blacklist_storage_type == "memory":
        yield "must be database or redis: one process does not see what another revoked, and a restart forgets it"


@rule(
    "accounts.blacklist-without-redis",
    "blacklist_storage_type",
    "redis_url",
    everywhere=True,
    remedy="Set REDIS_URL, or BLACKLIST_STORAGE_TYPE=database.",
)
def _redis_for_the_blacklist(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """A blacklist in Redis has a Redis."""
    if settings.blacklist_storage_type == "redis" and not settings.redis_url:
        yield "is redis, so REDIS_URL must be set"


@rule(
    "jobs.celery-without-broker",
    "celery_broker_url",
    "jobs_engine",
    everywhere=True,
    remedy="Set CELERY_BROKER_URL or REDIS_URL, or JOBS_ENGINE=local.",
)
def _broker_for_celery(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Celery has a broker."""
    if settings.jobs_engine == "celery" and not settings.celery_broker_url:
        yield "must be set, or REDIS_URL, since JOBS_ENGINE is celery"


@rule(
    "live.manager-without-redis",
    "live_manager",
    "redis_url",
    everywhere=True,
    remedy="Set REDIS_URL, or LIVE_MANAGER=database.",
)
def _redis_for_live_events(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Live events by Redis have a Redis."""
    if settings.live_manager == "redis" and not settings.redis_url:
        yield "is redis, so REDIS_URL must be set"


@rule(
    "live.memory-manager",
    "live_manager",
    remedy="Set LIVE_MANAGER=database, or redis with REDIS_URL.",
)
def _live_events_are_shared(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """What happens in one process is heard in all."""
    if settings.live_manager == "memory":
        yield "must be database or redis: no process would hear what happens in another, nor which sign-in ends"


@rule(
    "files.folder",
    "files_dir",
    "files_store",
    everywhere=True,
    remedy="Make the folder, give it to the user that the application runs as, and name it in FILES_DIR.",
)
def _folder_for_files(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """The folder of files is there, and this user can write into it."""
    if settings.files_store != "folder":
        return
    if settings.files_dir is None:
        yield "must name a folder that exists, since FILES_STORE is folder"
    elif not os.access(settings.files_dir, os.R_OK | os.W_OK | os.X_OK):
        yield "must name a folder that this user can write into"


@rule(
    "files.public-folder",
    "files_dir",
    "static_dir",
    everywhere=True,
    remedy="Move FILES_DIR out of FLASK_STATIC_DIR.",
)
def _files_are_not_static(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """What people have sent is no static file."""
    folder, static = settings.files_dir, settings.static_dir
    if folder and static and folder.resolve().is_relative_to(static.resolve()):
        yield "must not lie in FLASK_STATIC_DIR: anybody could fetch what people have sent"


@rule(
    "files.no-bucket",
    "s3_bucket",
    "files_store",
    everywhere=True,
    remedy="Set S3_BUCKET, or another FILES_STORE.",
)
def _bucket_for_files(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Files in a bucket have a bucket."""
    if settings.files_store == "s3" and not settings.s3_bucket:
        yield "must be set, since FILES_STORE is s3"


@rule(
    "files.bucket-keys",
    "s3_secret",
    "s3_key_id",
    everywhere=True,
    remedy="Set both S3_KEY_ID and S3_SECRET, or neither.",
)
def _keys_come_in_pairs(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """The key to the bucket has a name and a secret."""
    if bool(settings.s3_key_id) is not bool(settings.s3_secret.get_secret_value()):
        yield "and S3_KEY_ID must both be set, or neither"


@rule(
    "data.sqlite",
    "database_url",
    "allow_sqlite_in_production",
    remedy="Set DATABASE_URL, or ALLOW_SQLITE_IN_PRODUCTION=1 for one machine with a local disk.",
)
def _database_server(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """The database is a server, or SQLite is what you want."""
    if settings.database_url.startswith("sqlite") and not settings.allow_sqlite_in_production:
        yield (
            "must lead to a PostgreSQL or MariaDB server. A SQLite file serves one machine alone; if that is what"
            " you want, set ALLOW_SQLITE_IN_PRODUCTION=1"
        )


@rule(
    "data.sqlite-hosts",
    "database_url",
    "machines",
    everywhere=True,
    remedy="Set DATABASE_URL to a PostgreSQL or MariaDB server, or MACHINES=1.",
)
def _one_machine_for_sqlite(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """An SQLite file is used by one machine."""
    if settings.machines > 1 and settings.database_url.startswith("sqlite"):
        yield "must lead to a PostgreSQL or MariaDB server, since MACHINES is more than one: an SQLite file serves one"
