"""What it costs to know who asks: one view for everybody, asked by a stranger and by those whom we know.

    DATABASE_URL=… REDIS_URL=… .venv/bin/python -m bench.accounts [ROUNDS]

The starter's `GET /calculator/add` runs no statement of its own, so what is added is what knowing costs; a cookie is
looked at on a page. Without DATABASE_URL it is SQLite; without REDIS_URL the store in Redis is left out. The rounds are
interleaved, so that a busy machine slows all alike; the median of the rounds counts. The database and Redis are other
processes: the time on the wall has their part, our processor's time has not.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask

from carboy.accounts import sessions
from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.flask import accounts_of
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind
from carboy.data.flask import data_of
from starter import create_app
from starter.settings import Settings

REQUESTS = 200
VIEW, PAGE = "/api/v1/calculator/add?a=1&b=2", "/"
KEY = "ck_bench"

Ask = Callable[[], Any]


class Cost(NamedTuple):
    """Microseconds of one request."""

    wall: float
    processor: float


def main(rounds: int) -> None:
    """Print what a request costs, and what knowing the asker adds to it."""
    asked = _askers()
    for ask in asked.values():
        assert ask().status_code == 200  # noqa: S101
    costs: dict[str, list[Cost]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, ask in asked.items():
            costs[name].append(_cost(ask))
    print(f"{'':30} {'wall':>8} {'added':>8} {'ratio':>6}   {'processor':>9} {'added':>8}   (µs)")
    for name, measured in costs.items():
        _show(name, measured, costs["page: stranger" if name.startswith("page") else "stranger"])


def _show(name: str, measured: list[Cost], base: list[Cost]) -> None:
    wall, processor = (statistics.median(part) for part in zip(*measured, strict=True))
    pairs = list(zip(measured, base, strict=True))
    added = statistics.median(one.wall - other.wall for one, other in pairs)
    ratio = statistics.median(one.wall / other.wall for one, other in pairs)
    worked = statistics.median(one.processor - other.processor for one, other in pairs)
    print(f"{name:30} {wall:8.0f} {added:8.0f} {ratio:6.2f}   {processor:9.0f} {worked:8.0f}")


def _askers() -> dict[str, Ask]:
    folder = Path(tempfile.mkdtemp())
    app = _app(folder, "database")
    tokens = {kind: _sign_in(app, kind) for kind in Kind}
    asked = {
        "stranger": _asking(app),
        "machine key": _asking(app, {"X-API-Key": KEY}),
        "session token": _asking(app, _bearer(tokens[Kind.API])),
        "JWT, store in the database": _asking(app, _bearer(tokens[Kind.JWT])),
    }
    if "REDIS_URL" in os.environ:
        with_redis = _app(folder, "redis")
        asked["JWT, store in Redis"] = _asking(with_redis, _bearer(_sign_in(with_redis, Kind.JWT)))
    asked["page: stranger"] = _visiting(app)
    asked["page: cookie"] = _visiting(app, tokens[Kind.BROWSER])
    return asked


def _asking(app: Flask, headers: dict[str, str] | None = None) -> Ask:
    client = app.test_client(use_cookies=False)
    return lambda: client.get(VIEW, headers=headers)


def _visiting(app: Flask, token: str = "") -> Ask:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["visited"] = True  # a stranger has a cookie as well
        cookie.update({IN_THE_SESSION: token} if token else {})
    return lambda: client.get(PAGE)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _sign_in(app: Flask, kind: Kind) -> str:
    room = accounts_of(app)
    with room.database.transaction() as session:
        address = f"{kind}-{time.time_ns()}@example.com"
        user = room.user(email=address, email_normalized=address)
        session.add(user)
        session.flush()
        held = sessions.begin(room, session, user, kind=kind, caller=HERE)
    return held.access_token if isinstance(held, sessions.Tokens) else held.session_token


def _app(folder: Path, store: str) -> Flask:
    settings = Settings.load(
        root=folder,
        environ={name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ},
        mode="development",
        log_level="ERROR",
        api_rate_limit="",
        api_keys=(f"bench={sha256(KEY.encode()).hexdigest()}",),
        blacklist_storage_type=store,
        secret_key="only-for-measuring-0123456789abcdefghij",  # noqa: S106
        jwt_secret_key="only-for-measuring-abcdefghij0123456789",  # noqa: S106
    )
    app = create_app(settings)
    data_of(app).migrations.upgrade(data_of(app).database)
    return app


def _cost(ask: Ask) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(REQUESTS):
        ask()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return Cost(wall / REQUESTS * 1e6, processor / REQUESTS * 1e6)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
