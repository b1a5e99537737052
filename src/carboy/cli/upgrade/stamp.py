"""The lines of `[tool.carboy]` that say which Carboy the files are of. They are the upgrade's to write."""

import re

PROJECT_FILE = "pyproject.toml"
_TABLE = re.compile(rb"^\[tool\.carboy\][ \t]*\r?\n(?:(?!\[).*\n?)*", re.MULTILINE)
_SAID = re.compile(rb"^(?P<name>version|without)[ \t]*=[ \t]*(?:\[[^\]]*\]|\"[^\"\n]*\")", re.MULTILINE)


def stamped(content: bytes, like: bytes) -> bytes:
    """Return the same file with these lines as they are in the other, so that no merge can be about them."""
    table = _TABLE.search(like)
    said = {one["name"]: one[0] for one in _SAID.finditer(table[0])} if table else {}
    return _TABLE.sub(lambda whole: _SAID.sub(lambda one: said.get(one["name"], one[0]), whole[0]), content)
