"""How our column types are written into a migration."""

from typing import Any, Literal

from carboy.data import types


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own types by the name that a migration can import; leave everything else to alembic."""
    if kind == "type" and type(item).__module__ == types.__name__:
        name = type(item).__name__
        autogen_context.imports.add(f"from {types.__name__} import {name}")
        return f"{name}()"
    return False
