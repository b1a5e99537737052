"""A scope: one stretch of work with the database, how it ends, and what is due afterwards.

begin ── work ──┬── commit ────── after_commit ────┬── after_outcome (a short transaction of its own)
                └── roll back ─── after_rollback ──┘
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from carboy import context
from carboy.data.engines import RELAXED, SNAPSHOT
from carboy.data.faults import meaning_of
from carboy.errors import CarboyError, SetupError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import SessionTransaction

log = logging.getLogger("carboy.data")

Effect = Callable[[], object]

# A writer that is slow makes every other writer wait; on SQLite there is no other lane.
HELD_TOO_LONG_SECONDS = 2.0


class CommitUnknown(CarboyError):
    """Nobody can say whether the work was stored. Whoever can look, may try again."""


class Kind(Enum):
    """What a scope may do."""

    WRITE = "write"
    READ = "read"  # each statement sees what is committed when it runs
    REPLICA = "replica"  # the same, from a server that may lag behind
    SNAPSHOT = "snapshot"  # all statements see the same moment


# Which scopes a new one may simply share. What is missing here opens its own, or is refused if it would write.
_SHARES = {
    Kind.WRITE: set(Kind),  # a transaction sees its own writes, whoever asks
    Kind.SNAPSHOT: {Kind.SNAPSHOT, Kind.READ, Kind.REPLICA},
    Kind.READ: {Kind.READ, Kind.REPLICA},
    Kind.REPLICA: {Kind.REPLICA},
}


class ScopedSession(Session):
    """A session whose end belongs to its scope: half of a request's work cannot be kept by hand."""

    def commit(self) -> None:
        """Refuse: what is kept here would stay when the rest of the work fails."""
        raise SetupError(
            "The scope commits, when all of its work is done. Call session.flush() to see what the database says now,"
            " and db.after_outcome() to keep something whatever happens to the rest."
        )


class Scope:
    """One stretch of work. Its session opens at the first touch, its connection at the first statement."""

    def __init__(self, kind: Kind, open_session: "Callable[[Kind], Session]") -> None:
        self.kind = kind
        self.is_over = False
        self.spoilt = False
        self.due_after_commit: list[Effect] = []
        self.due_after_rollback: list[Effect] = []
        self.due_after_outcome: list[Effect] = []
        self._open_session = open_session
        self._session: Session | None = None
        self._snapshot: Connection | None = None
        self._opened_at = 0.0

    @property
    def session(self) -> "Session":
        """The ORM session of this scope, opened when it is first wanted."""
        if self._session is None:
            self._session = self._open_session(self.kind)
            self._opened_at = time.monotonic()
            if self.kind is Kind.SNAPSHOT:
                self._begin_snapshot(self._session.connection())
        return self._session

    def relax(self) -> None:
        """Have it not wait for the disk, if it has not begun yet."""
        session = self.session
        if isinstance(session.bind, Engine) and not session.in_transaction():
            session.connection(execution_options={RELAXED: True})

    def after_commit(self, effect: Effect) -> None:
        """Have this wait for the commit. Whoever rolls the session back by hand takes back what waits as well."""
        if not self.due_after_commit:
            event.listen(self.session, "after_soft_rollback", self._forget_effects)
        self.due_after_commit.append(effect)

    def _forget_effects(self, _session: "Session", undone: "SessionTransaction") -> None:
        if undone.parent is None:  # and not a savepoint only
            self.due_after_commit.clear()

    def shares_with(self, kind: Kind) -> bool:
        """Whether work of this kind can be done in this scope."""
        return kind in _SHARES[self.kind]

    @contextmanager
    def joined(self, kind: Kind) -> Iterator[None]:
        """Do nested work in this scope. If it fails, this scope holds half of it and must not commit."""
        try:
            yield
        except BaseException as error:
            if kind is Kind.WRITE and not keeps_work(error):
                self.spoilt = True
            raise

    @contextmanager
    def savepoint(self) -> "Iterator[Session]":
        """Do nested work that can be undone alone, with all that it asked for."""
        before = self.spoilt, len(self.due_after_commit), len(self.due_after_outcome)
        undone_before = len(self.due_after_rollback)
        try:
            with self.session.begin_nested():
                yield self.session
        except BaseException:
            self.spoilt, commits, outcomes = before
            del self.due_after_commit[commits:], self.due_after_outcome[outcomes:]
            self._tell_undone(undone_before)
            raise

    def commit(self) -> None:
        """Keep the work, or raise and keep none of it. Then what waited for the commit runs."""
        try:
            self._keep()
        except BaseException:
            self.roll_back()
            raise
        self._end()
        for effect in self.due_after_commit:
            run_safely(effect)

    def roll_back(self) -> None:
        """Undo the work. What waited for the commit is forgotten."""
        self.due_after_commit.clear()
        try:
            if self._session is not None:
                self._leave_snapshot()
                self._session.rollback()
        except Exception as error:
            # A connection that is gone has rolled back already; no fault here may hide the first one.
            if meaning_of(error) is None:
                log.exception("a rollback failed")
        finally:
            self._end()
        self._tell_undone()

    def _tell_undone(self, since: int = 0) -> None:
        undone = self.due_after_rollback[since:]
        del self.due_after_rollback[since:]
        for effect in undone:
            run_safely(effect)

    def _keep(self) -> None:
        if self.spoilt:
            raise SetupError(
                "A nested transaction failed and its error was swallowed, so this one cannot be kept."
                " Wrap what may fail in db.savepoint(). (In a job all transactions are one.)"
            )
        if self._session is None:
            return
        # A reading scope flushes as well: what somebody tried to write is refused, not silently dropped.
        self._session.flush()
        self._leave_snapshot()
        # From here on it may be stored, whatever is raised, unless the database says that it is not.
        undone, self.due_after_rollback = self.due_after_rollback, []
        try:
            with context.spending("database"):
                Session.commit(self._session)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise CommitUnknown(
                    "The connection broke during the commit; the work may be stored or not. Look before doing it again."
                ) from error
            self.due_after_rollback = undone
            raise

    def _begin_snapshot(self, connection: "Connection") -> None:
        self._snapshot = connection
        for statement in SNAPSHOT[connection.dialect.name]:
            connection.exec_driver_sql(statement)

    def _leave_snapshot(self) -> None:
        # By hand, since an autocommit connection goes back to its pool without a rollback.
        connection, self._snapshot = self._snapshot, None
        if connection is not None:
            try:
                connection.exec_driver_sql("ROLLBACK")
            except DBAPIError:
                connection.invalidate()

    def _end(self) -> None:
        self.is_over = True
        if self._session is None:
            return
        self._session.close()
        held = time.monotonic() - self._opened_at
        if self.kind is Kind.WRITE and held > HELD_TOO_LONG_SECONDS:
            log.warning("a writing scope was held for %.1f s: read first, write last, keep it short", held)


def keeps_work(error: BaseException) -> bool:
    """Whether the work done before this error is to be kept all the same."""
    return isinstance(error, CarboyError) and error.commits


def run_safely(effect: Effect) -> None:
    """Run what follows finished work. Its faults are ours to read in the log, and change no answer."""
    try:
        effect()
    except Exception:
        log.exception("what was to happen after the work failed")
