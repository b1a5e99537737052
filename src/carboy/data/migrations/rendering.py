"""How a migration is written from the models."""

from typing import Any, Literal

from alembic.autogenerate.render import renderers
from alembic.operations.ops import (
    BulkInsertOp,
    CreateTableOp,
    DropIndexOp,
    DropTableOp,
    MigrateOperation,
    MigrationScript,
    ModifyTableOps,
)
from sqlalchemy.sql.elements import False_, True_

from carboy.data import types


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own types by the name that a migration can import, and truth as each database spells it.

    Everything else is left to alembic, which would write the default of a boolean as the database at hand has it: 1.
    """
    if kind == "server_default" and isinstance(truth := getattr(item, "arg", None), True_ | False_):
        return "sa.true()" if isinstance(truth, True_) else "sa.false()"
    if kind == "type" and type(item).__module__ == types.__name__:
        name = type(item).__name__
        autogen_context.imports.add(f"from {types.__name__} import {name}")
        return repr(item) if isinstance(item, types.FixedPoint) else f"{name}()"
    return False


def as_we_write_them(_context: Any, _revision: Any, scripts: list[MigrationScript]) -> None:
    """Drop tables whole, and give new ones their first rows."""
    for script in scripts:
        for steps in (script.upgrade_ops, script.downgrade_ops):
            if steps is not None:
                steps.ops = _with_first_rows(_without_needless_steps(steps.ops))


class FirstRows(BulkInsertOp):
    """Rows that a new table begins with, which `flask db check` can name as it names the table."""

    def to_diff_tuple(self) -> tuple[str, str]:
        """Say it as alembic says differences."""
        return ("add_rows", self.table.name)


@renderers.dispatch_for(FirstRows)
def render_rows(_autogen_context: Any, step: BulkInsertOp) -> str:
    """Write rows down beside the table that they are for; alembic itself cannot."""
    columns = ", ".join(f"sa.column({name!r})" for name in step.rows[0])
    return f"op.bulk_insert(sa.table({step.table.name!r}, {columns}), {step.rows!r})"


def _with_first_rows(steps: list[MigrateOperation]) -> list[MigrateOperation]:
    """Fill a table where it is made, with what its model says: `Table(…, info={"first_rows": [{…}]})`."""
    filled: list[MigrateOperation] = []
    for step in steps:
        filled.append(step)
        if isinstance(step, CreateTableOp) and (rows := step.info.get("first_rows")):
            filled.append(FirstRows(step.to_table(), rows))
    return filled


def _without_needless_steps(steps: list[MigrateOperation]) -> list[MigrateOperation]:
    """Drop no index just before its table: it goes with the table, and MariaDB refuses if a foreign key needs it."""
    dropped = {step.table_name for step in steps if isinstance(step, DropTableOp)}
    for step in steps:
        if isinstance(step, ModifyTableOps) and step.table_name in dropped:
            step.ops = [part for part in step.ops if not isinstance(part, DropIndexOp)]
    return [step for step in steps if not (isinstance(step, ModifyTableOps) and step.is_empty())]
