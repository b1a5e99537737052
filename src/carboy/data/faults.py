"""What a database's exception means to a caller, decided once for every database.

Conflict  somebody else holds that name, or changed that row first   -> the caller may look again
Busy      a lock, a deadlock, a lost connection, an empty pool       -> the same request may succeed later:
          DatabaseBusy, so that it can be told apart from what others call busy
          a disk without room: DatabaseFull, since waiting alone will not help
a bug     everything else, such as a write in a read-only scope      -> ours to mend; the visitor learns nothing
"""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from carboy.errors import Busy, CarboyError, Conflict, SetupError


class DatabaseBusy(Busy):
    """The database cannot answer now. Nothing was stored; trying again is safe."""


class DatabaseFull(Busy):
    """The database has no room. A request may come back; a job, a migration and a restore have to be told."""


WROTE_WHILE_READING = (
    "This scope only reads, and the database refused a write. A GET or HEAD that must write is marked @writes;"
    " a script uses db.transaction()."
)

# PostgreSQL: SQLSTATE; https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_CONFLICTS = {"23505", "23503", "23001", "23P01"}
_POSTGRES_BUSY = {"40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03"}
_POSTGRES_FULL = {"53100"}
_POSTGRES_READ_ONLY = {"25006"}

# SQLite: extended result codes; https://www.sqlite.org/rescode.html
_SQLITE_CONFLICTS = {787, 1811, 1555, 2067, 2579}  # foreign key, one that restricts, primary key, unique, rowid
_SQLITE_BUSY = {5, 6}  # busy, locked: the low byte of every extended code of theirs
_SQLITE_FULL = 13
_SQLITE_READ_ONLY = 8

# MariaDB and MySQL: error numbers; https://mariadb.com/kb/en/mariadb-error-code-reference/
_MYSQL_CONFLICTS = {1062, 1451, 1452, 1761}
_MYSQL_BUSY = {1040, 1053, 1205, 1213, 1020, 1927, 2002, 2003, 2006, 2013, 2055}
_MYSQL_FULL = {1021, 1114}
_MYSQL_READ_ONLY = {1792}


def meaning_of(error: BaseException) -> CarboyError | None:
    """Return the error of ours that this exception of a database amounts to, or None when it is a bug."""
    if isinstance(error, StaleDataError):
        return Conflict("Someone else changed it first. Load it again and repeat your change.")
    if isinstance(error, PoolTimeoutError):
        return DatabaseBusy("Every database connection is in use. Raise DATABASE_POOL_SIZE, if this comes often.")
    cause = error.orig if isinstance(error, DBAPIError) else error
    judge = _JUDGES.get(type(cause).__module__.partition(".")[0])
    if judge and cause and (ours := judge(cause)):
        return ours
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return DatabaseBusy("The database connection was lost. See why in the log of the database.") if lost else None


def _judge_sqlite(error: BaseException) -> CarboyError | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code & 0xFF == _SQLITE_READ_ONLY:
        return SetupError(WROTE_WHILE_READING)
    full = code & 0xFF == _SQLITE_FULL
    return _verdict(conflict=code in _SQLITE_CONFLICTS, busy=code & 0xFF in _SQLITE_BUSY, full=full)


def _judge_postgresql(error: BaseException) -> CarboyError | None:
    state: str | None = getattr(error, "sqlstate", None)
    if state in _POSTGRES_READ_ONLY:
        return SetupError(WROTE_WHILE_READING)
    # No SQLSTATE on an operational error: the server never answered.
    unreachable = state is None and type(error).__name__ in ("OperationalError", "ConnectionTimeout")
    return _verdict(
        conflict=state in _POSTGRES_CONFLICTS,
        busy=unreachable or state in _POSTGRES_BUSY or (state or "").startswith("08"),
        full=state in _POSTGRES_FULL,
    )


def _judge_mysql(error: BaseException) -> CarboyError | None:
    number = error.args[0] if error.args else None
    if number in _MYSQL_READ_ONLY:
        return SetupError(WROTE_WHILE_READING)
    return _verdict(conflict=number in _MYSQL_CONFLICTS, busy=number in _MYSQL_BUSY, full=number in _MYSQL_FULL)


def _verdict(*, conflict: bool, busy: bool, full: bool) -> CarboyError | None:
    if conflict:
        return Conflict("It already exists, or something else still needs it.")
    if full:
        return DatabaseFull("The database has no room for that just now. Make some.", retry_after=60)
    return (
        DatabaseBusy("The database cannot do that just now. See that it runs, and who else holds what is needed.")
        if busy
        else None
    )


_JUDGES = {"sqlite3": _judge_sqlite, "psycopg": _judge_postgresql, "pymysql": _judge_mysql}
