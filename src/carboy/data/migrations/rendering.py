"""How a migration is written from the models."""

from typing import Any, Literal

from alembic.operations.ops import DropIndexOp, DropTableOp, MigrateOperation, MigrationScript, ModifyTableOps
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
        return f"{name}()"
    return False


def drop_tables_whole(_context: Any, _revision: Any, scripts: list[MigrationScript]) -> None:
    """Drop no index just before its table: it goes with the table, and MariaDB refuses if a foreign key needs it."""
    for script in scripts:
        for steps in (script.upgrade_ops, script.downgrade_ops):
            if steps is not None:
                steps.ops = _without_needless_steps(steps.ops)


def _without_needless_steps(steps: list[MigrateOperation]) -> list[MigrateOperation]:
    dropped = {step.table_name for step in steps if isinstance(step, DropTableOp)}
    for step in steps:
        if isinstance(step, ModifyTableOps) and step.table_name in dropped:
            step.ops = [part for part in step.ops if not isinstance(part, DropIndexOp)]
    return [step for step in steps if not (isinstance(step, ModifyTableOps) and step.is_empty())]
