"""Which migrations exist and which are pending, read from the files without importing alembic.

A serving process asks this before its first statement. Alembic would answer too, for a quarter of the time that
Flask and SQLAlchemy together need to start; these lines are read from the files' own constants.
"""

import ast
import threading
from pathlib import Path

# Python 3.11 now and then fails to parse in two threads at once ("AST constructor recursion depth mismatch"), and the
# first requests of a process come at once.
_one_at_a_time = threading.Lock()

Tree = dict[str, tuple[str, ...]]  # each revision, and those that come before it


def read_tree(versions: Path) -> Tree:
    """Return every revision in the folder with the revisions that it follows."""
    tree: Tree = {}
    for path in sorted(versions.glob("[!.]*.py")):
        constants = _constants(path)
        if isinstance(revision := constants.get("revision"), str):
            tree[revision] = _names(constants.get("down_revision")) + _names(constants.get("depends_on"))
    return tree


def pending(tree: Tree, stored: set[str]) -> list[str]:
    """Name the revisions that a database with these still needs, each after those that it follows."""
    if stored - tree.keys():
        # A newer release has migrated already. While the two run side by side, the older one still serves.
        return []
    applied = set(_ordered(tree, sorted(stored)))
    return [revision for revision in _ordered(tree, sorted(tree)) if revision not in applied]


def _ordered(tree: Tree, wanted: list[str]) -> list[str]:
    """These revisions and all that come before them, the oldest first."""
    done: dict[str, None] = {}
    waiting = [(revision, False) for revision in sorted(wanted, reverse=True)]
    while waiting:
        revision, children_done = waiting.pop()
        if children_done:
            done.setdefault(revision)
        elif revision not in done and revision in tree:
            waiting.append((revision, True))
            waiting.extend((before, False) for before in tree[revision])
    return list(done)


def _constants(path: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    with _one_at_a_time:
        statements = ast.parse(path.read_text(encoding="utf-8")).body
    for statement in statements:
        target, value = _assignment(statement)
        if isinstance(target, ast.Name) and value is not None:
            try:
                found[target.id] = ast.literal_eval(value)
            except ValueError:
                continue  # computed: none of ours, and none of alembic's either
    return found


def _assignment(statement: ast.stmt) -> tuple[ast.expr | None, ast.expr | None]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0], statement.value
    if isinstance(statement, ast.AnnAssign):
        return statement.target, statement.value
    return None, None


def _names(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
