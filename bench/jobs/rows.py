"""A claim beside a thousand and a million finished rows, and a look beside jobs that rest, in pairs."""

import statistics
import time
from datetime import timedelta

from sqlalchemy import func, insert, select, text

from carboy.context import utc_now
from carboy.data import Base, Database, uuid7
from carboy.jobs import Done, Jobs, claiming, ending
from carboy.jobs.table import JOBS, State

FEW, MANY, BATCH, CLAIMS = 1_000, 1_000_000, 20_000, 200
FEW_REST, MANY_REST = 1_000, 100_000


def compare(name: str, url: str) -> None:
    """Print what a claim and its end take beside few rows, and beside many."""
    database = Database(url)
    Base.metadata.create_all(database.engine())
    fill(database, FEW)
    few = claim_times(database)
    fill(database, MANY)
    many = claim_times(database)
    told = f"{statistics.median(few):.0f} µs beside {FEW:,}, {statistics.median(many):.0f} µs beside {MANY:,}"
    print(f"{name:32} claim: {told}: ratio {statistics.median(many) / statistics.median(few):.2f}")
    database.close()


def compare_resting(name: str, url: str) -> None:
    """Print what a look for what is due takes beside few jobs that rest before it, and beside many."""
    database = Database(url)
    Base.metadata.create_all(database.engine())
    rest(database, FEW_REST)
    few = look_times(database), claim_times(database)
    rest(database, MANY_REST - FEW_REST)
    many = look_times(database), claim_times(database)
    for what, some, more in zip(("look", "claim"), few, many, strict=True):
        before, after = statistics.median(some), statistics.median(more)
        told = f"{before:.0f} µs beside {FEW_REST:,} that rest, {after:.0f} µs beside {MANY_REST:,}"
        print(f"{name:32} {what}: {told}: ratio {after / before:.2f}")
    database.close()


def rest(database: Database, number: int) -> None:
    """Add jobs of three priorities that are due tomorrow."""
    for begun in range(0, number, BATCH):
        with database.transaction() as session:
            resting = [_row(State.QUEUED, day=-1, rank=n % 3 - 3) for n in range(min(BATCH, number - begun))]
            session.execute(insert(JOBS), resting)


def look_times(database: Database) -> list[float]:
    """Return the microseconds that each of many looks takes while nothing is due."""
    times = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        with database.reading() as session:
            claiming.due(session, ["default"], utc_now())
        times.append((time.perf_counter() - began) * 1e6)
    return times


def fill(database: Database, number: int) -> None:
    """Add finished rows until there are so many."""
    with database.reading() as session:
        there = session.scalar(select(func.count()).where(JOBS.c.state == State.DONE)) or 0
    for begun in range(there, number, BATCH):
        with database.transaction() as session:
            session.execute(insert(JOBS), [_row(State.DONE, day=n % 14) for n in range(min(BATCH, number - begun))])
    _know_the_rows(database)


def _know_the_rows(database: Database) -> None:
    # What autovacuum does within a minute of so many rows; before it, PostgreSQL plans for the table that it knew.
    if database.dialect == "postgresql":
        with database.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE jobs"))


def claim_times(database: Database) -> list[float]:
    """Return the microseconds that each of many claims takes, its transaction included."""
    with database.transaction() as session:
        session.execute(insert(JOBS), [_row(State.QUEUED) for _ in range(CLAIMS)])
    times = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        with database.transaction() as session:
            claimed = claiming.claim(session, "bench", ["default"], utc_now())
        times.append((time.perf_counter() - began) * 1e6)
        if claimed is None:
            raise SystemExit("There was nothing to claim.")
        with database.transaction() as session:
            ending.record(session, claimed, Done(), Jobs(database).clock())
    return times


def _row(state: State, *, day: int = 0, rank: int = 0) -> dict[str, object]:
    at = utc_now() - timedelta(days=day)
    return {
        "id": uuid7(), "handler": "noop", "version": 1, "arguments": "{}", "queue": "default", "rank": rank,
        "key": None, "state": state, "due_at": at, "look_at": at, "attempts": 5, "asked_by": "", "created_at": at,
    }  # fmt: skip
