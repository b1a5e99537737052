"""Looks at what the application stands on: `flask check` asks, and here stands whom it asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import carboy.errors
from carboy.cli.doctor.looks import finding
from carboy.cli.doctor.patient import Patient
from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.ops.checks.asking import WITHOUT_DATABASE
from carboy.ops.checks.database import said_version
from carboy.ops.checks.services import redis_at
from carboy.settings.ruling import Finding
from carboy.settings.secrecy import shown

_OF_ITS_OWN = {"data.unmigrated": "migrations", "data.clock": "clock", "redis.clock": "clock"}
_OF_A_ROOM = {"data": "database", "redis": "redis"}
_WITHOUT_REASON = 60.0  # seconds that file systems and unpackers may be off


def _found(patient: Patient, subject: str) -> list[Finding]:
    """Return what `flask check` found about this subject."""
    return [
        one
        for one in patient.findings
        if _OF_ITS_OWN.get(one.id, _OF_A_ROOM.get(one.id.partition(".")[0], "application")) == subject
    ]


def application(patient: Patient) -> Iterator[str | Finding]:
    """Look whether it can be made, and what its settings say."""
    if patient.app is None:
        yield from patient.refused
        return
    settings = patient.app.extensions["carboy.settings"]
    yield f"{settings.app_name}, in {settings.mode}"
    yield from settings.warnings
    yield from _found(patient, "application")


def database(patient: Patient) -> Iterator[str | Finding]:
    """Look at the database: who it is, who said so, and what is wrong with it."""
    if patient.app is None:
        return
    found = _found(patient, "database")
    yield from _said(patient, "database_url")
    yield from _said(patient, "database_read_url")
    ours = data_of(patient.app).database
    if not ours.is_missing and not any(one.id == "data.unreachable" for one in found):
        yield said_version(ours)
    yield from found


def _said(patient: Patient, name: str) -> Iterator[str]:
    settings = patient.settings
    if settings is not None and (value := getattr(settings, name)) is not None:
        yield f"{shown(name, type(settings).model_fields[name], value)} ({settings.sources[name]})"


def migrations(patient: Patient) -> Iterator[str | Finding]:
    """Look whether some wait."""
    if patient.app is None:
        return
    found = _found(patient, "migrations")
    if not found and not any(one.id in WITHOUT_DATABASE for one in patient.findings):
        yield "all have been run"
    yield from found


def redis(patient: Patient) -> Iterator[str | Finding]:
    """Look at Redis, if there is one."""
    settings = patient.settings
    if settings is None:
        return
    if settings.redis_url is None:
        yield "REDIS_URL is not set: one machine needs none"
        return
    found = _found(patient, "redis")
    yield from _said(patient, "redis_url")
    if not any(one.id == "redis.unreachable" for one in found):
        about = redis_at(settings.redis_url).info()
        yield f"Redis {about['redis_version']}, maxmemory-policy {about.get('maxmemory_policy', 'unknown')}"
    yield from found


def clock(patient: Patient) -> Iterator[str | Finding]:
    """Look whether this machine's time can be true, and is the others'. Tokens and leases go by it."""
    now = utc_now()
    yield f"{now:%Y-%m-%d %H:%M:%S} UTC"
    witnesses = [Path(carboy.errors.__file__), patient.root / "pyproject.toml"]
    newest = max(witnesses, key=lambda path: path.stat().st_mtime)
    written = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    if (written - now).total_seconds() > _WITHOUT_REASON:
        wrong = f"{newest} was written at {written:%Y-%m-%d %H:%M:%S}, which this machine's clock has not reached yet."
        yield finding("clock.behind", wrong, "Let the machine follow a time server: timedatectl set-ntp true.")
    yield from _found(patient, "clock")
