"""Revoked tokens in the application's own database: revoked together with the work, or not at all."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, String, Table, bindparam, case, exists, literal, select

from carboy.accounts.revocation import KEPT_BEYOND
from carboy.context import utc_now
from carboy.data import Base, UtcDateTime
from carboy.data.pruning import prune

if TYPE_CHECKING:
    from carboy.data import Database

_LONGEST_REASON = 32

# A plain table: a mapped class would cost every start some milliseconds.
REVOKED_TOKENS = Table(
    "revoked_tokens",
    Base.metadata,
    Column("key", String(80), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("reason", String(_LONGEST_REASON), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# Built once: building a statement anew takes several times as long as running it.
_COLUMNS = REVOKED_TOKENS.c
_FIND = select(literal(1)).where(_COLUMNS.key.in_(bindparam("keys", expanding=True))).limit(1)


def open_store(*, database: "Database", **_others: object) -> "DatabaseStore":
    """Open the store in this database."""
    return DatabaseStore(database)


def revoked(*keys: ColumnElement[str]) -> ColumnElement[bool]:
    """Make the condition that one of these keys is revoked, for a statement that looks up more than that."""
    return exists(select(literal(1)).select_from(REVOKED_TOKENS).where(_COLUMNS.key.in_(keys)))


class DatabaseStore:
    """What was revoked, for all that share the database. A row that is there is revoked, ended or not."""

    revoked = staticmethod(revoked)

    def __init__(self, database: "Database") -> None:
        self._database = database

    def revoke(self, keys: Sequence[str], until: datetime, reason: str = "") -> None:
        """Have tokens with these keys count no more, once the transaction that is open here is committed."""
        row = {"expires_at": until + KEPT_BEYOND, "reason": reason[:_LONGEST_REASON], "created_at": utc_now()}
        # In one order for all: two that revoke the same keys wait for each other, and not in a ring.
        rows = [{"key": key, **row} for key in sorted(set(keys))]
        if rows:
            with self._database.transaction() as session:
                session.execute(_keep_the_longer(self._database.dialect), rows)

    def is_revoked(self, keys: Sequence[str], issued_at: datetime) -> bool:  # noqa: ARG002
        """Tell whether one of these keys is revoked."""
        with self._database.reading() as session:
            return session.scalar(_FIND, {"keys": list(keys)}) is not None

    def purge(self, now: datetime | None = None) -> int:
        """Delete what has ended, in many short transactions, and return how many rows there were."""
        return prune(self._database, REVOKED_TOKENS, _COLUMNS.expires_at < (now or utc_now()))

    def check(self) -> None:
        """Reach the table, or raise."""
        self.is_revoked(("jti:",), utc_now())


@lru_cache
def _keep_the_longer(dialect: str) -> Any:
    # One statement. An insert that fails and an update after it would, on MariaDB, leave many holding what each wants.
    specific = import_module(f"sqlalchemy.dialects.{dialect}").insert(REVOKED_TOKENS)
    new = (specific.inserted if dialect == "mysql" else specific.excluded).expires_at
    longer = case((_COLUMNS.expires_at < new, new), else_=_COLUMNS.expires_at)
    if dialect == "mysql":
        return specific.on_duplicate_key_update(expires_at=longer)
    return specific.on_conflict_do_update(index_elements=[_COLUMNS.key], set_={"expires_at": longer})
