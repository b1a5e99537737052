"""`Database`: transactions, sessions and the driver's own cursor, with no web framework in sight."""

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from carboy.data.engines import open_pool, parse_url
from carboy.data.faults import meaning_of
from carboy.data.scope import Effect, Kind, Scope, ScopedSession, keeps_work, run_safely
from carboy.errors import SetupError

if TYPE_CHECKING:
    from sqlalchemy import Engine, Executable, Row


class Database:
    """One database, with a pool that writes and a pool that can only read.

    Making one connects to nothing; a pool is made when it is first used.

        db = Database("sqlite:///shop.sqlite")
        with db.transaction() as session:
            session.add(Order(...))
    """

    def __init__(self, url: str, *, read_url: str | None = None, pool_size: int = 5, patience: float = 10.0) -> None:
        self.url = parse_url(url)
        self.read_url = parse_url(read_url) if read_url else self.url
        self._pool_size = pool_size
        self._patience = patience
        self._engines: dict[Kind, Engine] = {}
        self._making = threading.Lock()
        self._inherited: Scope | None = None
        self._current: ContextVar[Scope | None] = ContextVar("carboy.scope", default=None)
        self._whole: ContextVar[_Whole | None] = ContextVar("carboy.whole", default=None)
        # Asked before the first session, until it is content: an application refuses an un-migrated database here.
        self.guard: Callable[[Database], object] | None = None
        _databases.add(self)

    def __repr__(self) -> str:
        return f"<Database {self.url.render_as_string(hide_password=True)}>"

    @property
    def dialect(self) -> str:
        """The kind of database: sqlite, postgresql or mysql (which MariaDB is)."""
        return self.url.get_backend_name()

    @property
    def is_missing(self) -> bool:
        """Whether it is an SQLite file that is not there yet. Whether a server's is there, the server says."""
        return self.dialect == "sqlite" and not Path(self.url.database or "").exists()

    # -- scopes ------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, *, read_only: bool = False, durable: bool = True) -> Iterator[Session]:
        """Do what is inside as one transaction: all of it is kept, or none.

        Nested calls join the outer transaction. `read_only=True` sees one moment throughout, and cannot write. With
        `durable=False` a power failure may undo it as if it had never been; SQLite then does not wait for the disk.
        """
        with self._scope(Kind.SNAPSHOT if read_only else Kind.WRITE) as scope:
            if not durable:
                scope.relax()
            yield scope.session

    @contextmanager
    def reading(self, *, replica: bool = False) -> Iterator[Session]:
        """Read, holding no transaction: each statement sees what is committed when it runs."""
        with self._scope(Kind.REPLICA if replica else Kind.READ) as scope:
            yield scope.session

    def look_up(self, statement: "Executable", values: Mapping[str, Any]) -> "Row[Any] | None":
        """Return the one row that this finds, if there is one. Where no scope is open, none is opened for it."""
        if self._open_here() is not None:
            with self.reading() as session:
                return session.execute(statement, values).one_or_none()
        try:
            self._refuse_if_unfit()
            with self.engine(Kind.READ).connect() as connection:
                return connection.execute(statement, values).one_or_none()
        except Exception as error:
            raise_our_own(error)
            raise

    @contextmanager
    def savepoint(self) -> Iterator[Session]:
        """Try something inside a transaction; when it fails, only what is inside is undone."""
        with self._scope_now().savepoint() as session:
            yield session

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """Make one transaction of all that are inside: the first to begin stays open to the end.

        What only reads before it holds no lock. All is kept, or, when an error leaves, none. It is for one thread.
        """
        if self._whole.get() is not None:
            yield
            return
        whole = _Whole()
        token = self._whole.set(whole)
        try:
            yield
        except BaseException as error:
            whole.end(keep=False)
            raise_our_own(error)
            raise
        else:
            whole.end(keep=True)
        finally:
            self._whole.reset(token)

    @property
    def is_writing(self) -> bool:
        """Whether a transaction that writes is open here; on SQLite every other writer waits for it."""
        scope = self._open_here()
        return scope is not None and scope.kind is Kind.WRITE

    @property
    def session(self) -> Session:
        """The ORM session of the scope that is open here."""
        return self._scope_now().session

    @property
    def driver(self) -> Any:
        """The driver's own connection (sqlite3, psycopg, PyMySQL) in the same transaction as `session`.

        What the session has pending is sent first, so both see the same rows. Leave commit and rollback to the scope.
        """
        session = self.session
        session.flush()
        return session.connection().connection.driver_connection

    def after_commit(self, effect: Effect) -> None:
        """Run this once the work is committed; never when it is rolled back. For what cannot be taken back."""
        self._scope_now().after_commit(effect)

    def after_rollback(self, effect: Effect) -> None:
        """Run this once the work is undone; never when it is kept, nor when nobody knows. For what a row would name."""
        self._scope_now().due_after_rollback.append(effect)

    def after_outcome(self, effect: Effect) -> None:
        """Run this in a short transaction of its own when the work has ended, either way: audit, counters."""
        self._scope_now().due_after_outcome.append(effect)

    # -- for the rooms above -----------------------------------------------------------------------------

    def begin(self, kind: Kind) -> "Work":
        """Open a scope by hand, for a caller that has no `with` block: a request. End it through what returns."""
        scope = Scope(kind, self.open_session)
        return Work(self, scope, self._current.set(scope))

    def apart(self) -> "Apart":
        """Open no scope, and hide the one around, so that what is inside opens its own. End it through what returns."""
        return Apart(self._current)

    def open_session(self, kind: Kind) -> Session:
        """Make a session for this kind of work, outside any scope. Whoever opens it closes it."""
        self._refuse_if_unfit()
        return ScopedSession(self.engine(kind), expire_on_commit=False)

    def engine(self, kind: Kind = Kind.WRITE) -> "Engine":
        """Return the pool for this kind of work, making it at the first use."""
        kind = Kind.READ if kind is Kind.SNAPSHOT else kind
        if kind is Kind.REPLICA and self.read_url == self.url:
            kind = Kind.READ
        return self._engines.get(kind) or self._make_engine(kind)

    def pools(self) -> "dict[str, QueuePool]":
        """Return the pools that are in use so far, by what they are for."""
        engines = list(self._engines.items())  # another thread may be opening one
        return {kind.value: engine.pool for kind, engine in engines if isinstance(engine.pool, QueuePool)}

    def close(self) -> None:
        """Close every pooled connection. The next use opens new ones."""
        for engine in self._engines.values():
            engine.dispose()

    def _refuse_if_unfit(self) -> None:
        if (guard := self.guard) is not None:  # another thread may be content, and take it away, at this moment
            guard(self)
            self.guard = None

    def _make_engine(self, kind: Kind) -> "Engine":
        with self._making:
            if kind not in self._engines:
                url = self.read_url if kind is Kind.REPLICA else self.url
                self._engines[kind] = open_pool(
                    url, size=self._pool_size, patience=self._patience, read_only=kind is not Kind.WRITE
                )
            return self._engines[kind]

    def _scope_now(self) -> Scope:
        scope = self._open_here()
        if scope is None:
            raise SetupError(
                "No transaction is open here. Use `with db.transaction():` to write or `with db.reading():` to read;"
                " inside a request one is open until the response is made, unless its view is marked @own_transactions."
            )
        return scope

    def _open_here(self) -> Scope | None:
        scope = self._current.get()
        if scope is not None and not scope.is_over:
            return scope
        # One that began in a copy of this context (asyncio.run makes one) is open for the whole all the same.
        whole = self._whole.get()
        return whole.open_scope() if whole is not None and whole.is_mine() else None

    @contextmanager
    def _scope(self, kind: Kind) -> Iterator[Scope]:
        outer = self._open_here()
        if outer is None or self._opens_its_own(outer, kind):
            outer = self._begin_whole() if kind is Kind.WRITE else None
        if outer is None:
            with self._new_scope(kind) as scope:
                yield scope
        else:
            with outer.joined(kind):
                yield outer

    def _begin_whole(self) -> Scope | None:
        whole = self._whole.get()
        if whole is None:
            return None
        if not whole.is_mine():
            raise SetupError(
                "All transactions here are to be one, and this is another thread, whose work would be kept or lost by"
                " itself. Write in the thread that began; another one may read, or compute what is to be written."
            )
        whole.work = whole.work or self.begin(Kind.WRITE)
        return whole.work.scope

    @contextmanager
    def _new_scope(self, kind: Kind) -> Iterator[Scope]:
        work = self.begin(kind)
        try:
            yield work.scope
        except BaseException as error:
            work.end(keep=keeps_work(error))
            raise_our_own(error)
            raise
        work.end()

    def _opens_its_own(self, outer: Scope, kind: Kind) -> bool:
        if outer.shares_with(kind):
            return False
        if kind is Kind.WRITE:
            raise SetupError(
                "A transaction that writes cannot begin inside a scope that only reads."
                " End the reading scope first; a GET that must write is marked @writes."
            )
        return True

    def _forget_connections(self) -> None:
        # A forked child must not speak on, nor close, connections that its parent is using.
        self._making = threading.Lock()
        if (scope := self._current.get()) is not None:
            scope.is_over = True
            self._inherited = scope  # kept: collected as garbage, its connection would be rolled back
        for engine in self._engines.values():
            engine.dispose(close=False)


class _Whole:
    """Transactions that are to be one, and the work that they share once the first has begun."""

    def __init__(self) -> None:
        self.work: Work | None = None
        self._thread = threading.get_ident()

    def is_mine(self) -> bool:
        """Whether this is the thread in which they are to be one."""
        return self._thread == threading.get_ident()

    def open_scope(self) -> Scope | None:
        return self.work.scope if self.work is not None and not self.work.scope.is_over else None

    def end(self, *, keep: bool) -> None:
        if self.work is not None:
            self.work.end(keep=keep)


class Work:
    """A scope that is being worked in. It ends once, in one of two ways."""

    def __init__(self, database: Database, scope: Scope, token: Token[Scope | None]) -> None:
        self.scope = scope
        self._database = database
        self._token = token

    def end(self, *, keep: bool = True) -> None:
        """Keep the work or undo it. Raises what the commit raised, in our own words where the cause is known."""
        if self.scope.is_over:
            return
        try:
            self.scope.commit() if keep else self.scope.roll_back()
        except Exception as error:
            raise_our_own(error)
            raise
        finally:
            self._leave()
            if self.scope.due_after_outcome:
                run_safely(self._settle)

    def _leave(self) -> None:
        # A generator that was left half-way may be closed by any thread; the scope that is open there stays.
        with suppress(ValueError):
            self._database._current.reset(self._token)  # noqa: SLF001  (a scope and its database are one thing)

    def _settle(self) -> None:
        # Its own scope, whatever is open around the one that has ended: that may only read, or be another thread's.
        with self._database._new_scope(Kind.WRITE):  # noqa: SLF001
            for effect in self.scope.due_after_outcome:
                effect()


class Apart:
    """A stretch with no scope of its own, whatever is open around it."""

    def __init__(self, current: ContextVar[Scope | None]) -> None:
        self._reset: Callable[[], object] | None = partial(current.reset, current.set(None))

    def end(self, *, keep: bool = True) -> None:  # noqa: ARG002  (it ends as work does, and there is none)
        """Show again what is open around."""
        reset, self._reset = self._reset, None
        if reset is not None:
            with suppress(ValueError):  # as a scope's: it may be ended in another context
                reset()


def raise_our_own(error: BaseException) -> None:
    """Raise the error of ours that this one amounts to, if there is one."""
    if (ours := meaning_of(error)) is not None:
        raise ours from error


_databases: "weakref.WeakSet[Database]" = weakref.WeakSet()


def _after_fork() -> None:
    for database in list(_databases):
        database._forget_connections()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
