"""PostgreSQL: pg_dump writes the schema that the application lives in down, from one snapshot.

The way back is one transaction, with what was there before taken away inside it. psql cannot do that safely, since it
obeys commands in what it reads; pg_restore alone cannot take away what it does not know. So pg_restore tells the SQL,
and our own connection, which obeys nothing but SQL, runs it.
"""

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from carboy.data.faults import DatabaseBusy, meaning_of
from carboy.data.scope import Kind
from carboy.errors import SetupError
from carboy.ops.backup.dumps import programs
from carboy.ops.backup.dumps.in_use import told_when_in_use

if TYPE_CHECKING:
    from carboy.data import Database

# Everything that a schema holds, but for what belongs to an extension, whose owner is somebody else.
_CONTENTS = """
SELECT kind, name FROM (
    SELECT 'pg_class'::regclass AS class, oid, relnamespace AS home, oid::regclass::text AS name, CASE relkind
        WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE'
        ELSE 'TABLE' END AS kind
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, typnamespace, t.oid::regtype::text, 'TYPE'
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = typrelid WHERE typtype IN ('e', 'd', 'r') OR c.relkind = 'c'
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, pronamespace, oid::regprocedure::text, 'ROUTINE' FROM pg_proc
) AS found
WHERE home = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = found.oid AND d.deptype = 'e')
ORDER BY kind <> 'TABLE'
"""


# What a newer pg_restore asks for at the beginning, whomever it is told to, and since when servers know it.
_SINCE = {b"SET transaction_timeout = 0;\n": 170000}


class Postgresql:
    """A schema that is written down, and read in one transaction."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def is_empty(self) -> bool:
        """Whether nothing is in the schema."""
        with self._database.engine(Kind.READ).connect() as connection:
            return connection.exec_driver_sql(_CONTENTS).first() is None

    def write(self, path: Path) -> None:
        """Write it in pg_dump's own form. Who owns it, and who else may read it, is the other place's own."""
        url = self._database.url.set(drivername="postgresql")
        secrets = {"PGPASSWORD": str(url.password)} if url.password else {}
        address = url.set(password=None).render_as_string()
        what = ["--format=custom", "--compress=0", f"--schema={self._schema()}", "--no-owner", "--no-privileges"]
        programs.run("pg_dump", *what, f"--file={path}", address, secrets=secrets)

    def read(self, path: Path) -> None:
        """Take away what is there, and run what pg_restore tells."""
        import psycopg

        told = [f"--schema={self._schema(is_pattern=False)}", "--no-owner", "--no-privileges", "--file=-", str(path)]
        with told_when_in_use(), self._database.engine(Kind.WRITE).begin() as connection:
            cursor = connection.connection.cursor()
            version = cursor.connection.info.server_version
            try:
                _take_away(cursor)
                for section in ("pre-data", "data", "post-data"):
                    with programs.output_of("pg_restore", f"--section={section}", *told) as script:
                        _run_script(cursor, script, version)
            except psycopg.Error as error:
                if isinstance(meaning_of(error), DatabaseBusy):
                    raise
                raise SetupError(
                    f"PostgreSQL refuses the backup: {error}\nNothing was changed. Mend that, then try again."
                ) from error

    def _schema(self, *, is_pattern: bool = True) -> str:
        with self._database.engine(Kind.READ).connect() as connection:
            name = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        if name is None:
            raise SetupError("No schema of the search path is there, or may be used. Grant USAGE on it to this role.")
        return '"' + name.replace('"', '""') + '"' if is_pattern else str(name)


def _take_away(cursor: Any) -> None:
    cursor.execute(_CONTENTS)
    for kind, name in cursor.fetchall():
        cursor.execute(f"DROP {kind} IF EXISTS {name} CASCADE")  # one before it may have taken it along


def _run_script(cursor: Any, script: IO[bytes], version: int) -> None:
    """Run SQL as it comes, and hand over the rows of each COPY."""
    waiting: list[bytes] = []
    unknown = {line for line, since in _SINCE.items() if version < since}
    fences: set[bytes] = set()  # commands that are for psql alone: the first line with a word of chance, and the last
    for line in script:
        if line.startswith(b"\\restrict ") and not fences:
            fences = {line, line.replace(b"restrict", b"unrestrict", 1)}
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            cursor.execute(b"".join(waiting))
            waiting.clear()
            _copy(cursor, line, script)
        elif line not in fences | unknown:
            waiting.append(line)
    cursor.execute(b"".join(waiting))


def _copy(cursor: Any, statement: bytes, script: IO[bytes]) -> None:
    with cursor.copy(statement) as rows:
        for row in iter(script.readline, b"\\.\n"):
            if not row:
                raise SetupError(
                    "The database in the backup is damaged: it ends among rows. Nothing was changed. Name another."
                )
            rows.write(row)
