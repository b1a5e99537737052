"""The book of keys: one row for each request that was answered, written in the transaction of its work.

take    the first request writes its key; all others with the same key wait here until it has ended
keep    its answer goes into the row, and both are committed with the work, or neither
recall  the others read the answer; whoever asks something else under the same key is refused

Knows no Flask.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from sqlalchemy import Column, CursorResult, Integer, String, Table, bindparam, delete, event, select, update

from carboy.context import utc_now
from carboy.data import Base, LongBytes, LongText, UtcDateTime, win_insert
from carboy.data.pruning import prune
from carboy.errors import Busy, Conflict, Invalid, SetupError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from carboy.data import Database

KEPT_FOR = timedelta(hours=24)

# A request that was answered, and the answer for whoever sends it again. A plain table: a mapped class would cost every
# start some milliseconds.
IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    Base.metadata,
    Column("principal", String(255), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer),  # no answer yet: never seen outside the transaction that is making it
    Column("headers", LongText),
    Column("body", LongBytes),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now, index=True),
)


class KeyReused(Invalid):
    """The idempotency key was sent before, with another request."""

    code: ClassVar[str] = "idempotency-key-reused"
    title: ClassVar[str] = "That key belongs to another request"


# Built once: building a statement anew takes several times as long as running it.
_COLUMNS = IDEMPOTENCY_KEYS.c
_KEY = (_COLUMNS.key,)
_MINE = (_COLUMNS.principal == bindparam("my_principal")) & (_COLUMNS.key == bindparam("my_key"))
_KEEP = update(IDEMPOTENCY_KEYS).where(_MINE)
_RECALL = select(_COLUMNS.fingerprint, _COLUMNS.status, _COLUMNS.headers, _COLUMNS.body).where(_MINE)
_FORGET = delete(IDEMPOTENCY_KEYS).where(_MINE)


@dataclass(frozen=True)
class Answer:
    """What is kept of a response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Entry:
    """One request's line in the book."""

    def __init__(self, session: "Session", *, principal: str, key: str, fingerprint: str) -> None:
        self._session = session
        self._values = {"principal": principal, "key": key, "fingerprint": fingerprint}
        self._mine = {"my_principal": principal, "my_key": key}
        self._kept = False

    def take(self) -> bool:
        """Write the key, or return False when another request has had it. Waits for one that is at work."""
        won = win_insert(self._session, IDEMPOTENCY_KEYS, values=self._values, returning=_KEY)
        if won:
            event.listen(self._session, "before_commit", self._forget_unless_kept)
        return won is not None

    def keep(self, answer: Answer) -> None:
        """Put the answer beside the key."""
        values = {"status": answer.status, "headers": json.dumps(answer.headers), "body": answer.body}
        kept = self._session.execute(_KEEP, self._mine | values)
        if cast("CursorResult[None]", kept).rowcount != 1:
            raise SetupError(
                "The view has rolled its session back, and its idempotency key with it, so the answer cannot be kept."
                " Wrap what may fail in db.savepoint()."
            )
        self._kept = True

    def recall(self) -> Answer:
        """Read the answer of whoever took the key."""
        row = self._session.execute(_RECALL, self._mine).one_or_none()
        if row is None:
            raise Busy("The key is being purged at this very moment. Try again.")
        if row.fingerprint != self._values["fingerprint"]:
            raise KeyReused(
                "This Idempotency-Key was sent before, with another request. Repeat a key only with the very same"
                " request, and make a new one for every other."
            )
        if row.status is None:
            raise Conflict("This key's request has left no answer. See whether its work was done, then use a new key.")
        return Answer(row.status, [(name, value) for name, value in json.loads(row.headers)], row.body)

    def _forget_unless_kept(self, session: "Session") -> None:
        # A refusal may commit its work all the same (CarboyError.commits): its key would answer nobody.
        if not self._kept and not session.in_nested_transaction():
            session.execute(_FORGET, self._mine)


def purge(database: "Database", older_than: timedelta = KEPT_FOR) -> int:
    """Delete the keys that are older, in many short transactions, and return how many there were."""
    return prune(database, IDEMPOTENCY_KEYS, _COLUMNS.created_at < utc_now() - older_than)
