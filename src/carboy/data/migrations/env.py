"""How alembic reaches the database: through `Database`'s own engine, so that a migration sees what the app sees."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from carboy.data.database import Database
from carboy.data.migrations.rendering import as_we_write_them, render_item
from carboy.data.model import Base
from carboy.data.scope import Kind
from carboy.errors import SetupError

database: Database = context.config.attributes["database"]

COMMON: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "render_item": render_item,
    "process_revision_directives": as_we_write_them,
    "render_as_batch": True,  # SQLite can alter little: alembic copies the table instead; others just alter
    "compare_server_default": database.dialect != "mysql",  # MariaDB gives every default back in other words
    # Where the schema cannot be rolled back, what succeeded must at least be written down.
    "transaction_per_migration": database.dialect == "mysql",
}


def run_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(url=database.url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **COMMON)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run what is missing, all in one transaction where the database can do that to its schema."""
    with database.engine(Kind.WRITE).connect() as connection:
        if database.dialect == "sqlite":
            _run_on_sqlite(connection)
        else:
            _run(connection)


def _run_on_sqlite(connection: Connection) -> None:
    # Copying a table drops the old one, and with foreign keys on, dropping it deletes the rows that refer to it.
    # The switch does nothing inside a transaction, so it is thrown on the bare connection before it begins.
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        _run(connection, transactional_ddl=True)
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _run(connection: Connection, **options: Any) -> None:
    context.configure(connection=connection, **COMMON, **options)
    with context.begin_transaction():
        context.run_migrations()
        if database.dialect == "sqlite":
            _refuse_dangling_rows(connection)


def _refuse_dangling_rows(connection: Connection) -> None:
    dangling = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(5)
    if dangling:
        rows = ", ".join(f"{table} row {row} → {parent}" for table, row, parent, _ in dangling)
        raise SetupError(
            f"The migration would leave rows that refer to nothing ({rows}). Nothing was changed."
            " Have it delete or mend them first."
        )


if context.is_offline_mode():
    run_offline()
else:
    run_online()
