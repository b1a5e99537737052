"""MariaDB: mariadb-dump writes it down from one snapshot. Reading it cannot be one transaction there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from carboy.data.scope import Kind
from carboy.errors import SetupError
from carboy.ops.backup.dumps import programs
from carboy.ops.backup.dumps.in_use import told_when_in_use

if TYPE_CHECKING:
    from carboy.data import Database

# The client obeys commands in what it reads, a shell's among them, unless it is told not to. Versions before May 2024
# do not know the second word, which is `loose` for them: the first alone keeps them from the shell.
_NOTHING_BUT_SQL = ("--binary-mode", "--loose-sandbox", "--local-infile=0")


class Mariadb:
    """A database that is written down as SQL."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._name = database.url.database or ""

    def is_empty(self) -> bool:
        """Whether there is neither table nor view."""
        with self._database.engine(Kind.READ).connect() as connection:
            found = inspect(connection)
            return not found.get_table_names() and not found.get_view_names()

    def write(self, path: Path) -> None:
        """Write SQL."""
        with self._address(path.parent) as address:
            programs.run(
                "mariadb-dump", address, "--single-transaction", "--quick", f"--result-file={path}", self._name
            )

    def read(self, path: Path) -> None:
        """Run the SQL on an empty database; if it fails, the database is left empty and not half full."""
        with told_when_in_use():
            self._empty()
        try:
            with self._address(path.parent) as address, path.open("rb") as sql:
                programs.run("mariadb", address, *_NOTHING_BUT_SQL, self._name, stdin=sql)
        except BaseException as error:
            self._empty()
            if isinstance(error, SetupError):
                raise SetupError(f"{error}\nThe database is empty now. Restore once more then.") from error
            raise

    @contextmanager
    def _address(self, folder: Path) -> Iterator[str]:
        url = self._database.url
        said: dict[str, object] = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
        said |= {"socket": url.query.get("unix_socket"), "ssl-ca": url.query.get("ssl_ca")}
        quoted = {name: str(value).replace("\\", "\\\\").replace('"', '\\"') for name, value in said.items() if value}
        # Clients since 11.4 refuse a server without TLS, to which the application itself connects by the same URL.
        trust = "" if said["ssl-ca"] else "skip-ssl-verify-server-cert\n"
        # A file that is ours alone: the arguments of a program can be read by everybody on the machine.
        with NamedTemporaryFile("w", dir=folder, suffix=".cnf") as file:
            file.write(f"[client]\n{trust}" + "".join(f'{name}="{value}"\n' for name, value in quoted.items()))
            file.flush()
            yield f"--defaults-extra-file={file.name}"

    def _empty(self) -> None:
        with self._database.engine(Kind.WRITE).begin() as connection:
            found = inspect(connection)
            connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
            for kind, names in (("TABLE", found.get_table_names()), ("VIEW", found.get_view_names())):
                if names:  # all in one statement: it takes none before it may take each
                    quoted = map(connection.dialect.identifier_preparer.quote_identifier, names)
                    connection.exec_driver_sql(f"DROP {kind} {', '.join(quoted)}")
            connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 1")
