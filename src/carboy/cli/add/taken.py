"""Names that a feature or a field must not have, since something else has them."""

import builtins
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING

from carboy.cli.add import inside
from carboy.cli.add.feature import Feature
from carboy.cli.add.fields import Field
from carboy.cli.add.naming import Names
from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from carboy.cli.project import Project

# What every row has, and what classes and functions of a feature call their own.
_OURS = frozenset(
    {
        *("id", "owner", "owner_id", "version", "created_at", "updated_at", "row", "said", "given", "metadata"),
        *("window", "registry", "cursor", "limit", "me", "told", "date", "datetime", "int", "str", "bool"),
        *("csrf_token", "self", "dict"),
    }
)
# What functions and pages of every feature call something.
_IN_CODE = frozenset(
    {
        *("answer", "answers", "app", "asked", "backend", "body", "browser", "by", "call", "called"),
        *("change", "changes", "client", "column", "columns", "database", "detail", "details", "domain"),
        *("eve", "fields", "first", "form", "found", "held", "id", "ids", "items", "kept", "known", "made"),
        *("me", "mine", "module", "more", "name", "names", "now", "offered", "one", "open", "order", "other"),
        *("others", "ours", "page", "pages", "path", "query", "read", "refused", "row", "rows", "said"),
        *("saying", "second", "seen", "sent", "session", "show", "sql", "store", "stored", "sum", "text"),
        *("theirs", "told", "typed", "unit", "units", "user", "users", "value", "values", "wanted", "who"),
        *("window", "written"),
        *("add", "create", "find", "get", "remove", "search"),
        # What templates import, and what is handed to every page; `new` is a page beside that of one.
        *("box", "button", "choice", "field", "fields_of", "onwards", "summary", "way", "when"),
        *("app_name", "csrf_field", "new", "parts", "replacing", "request", "shown", "url_for"),
    }
)
# Reserved by MySQL, or by MariaDB in its Oracle mode: none of which we speak.
_FREE_WORDS = frozenset({"body", "package", "position", "rank", "role"})


def refuse_field(one: Field) -> None:
    """Refuse a field whose name is taken: by every row, by a base class, by a template, or by SQL."""
    from carboy.data import Model
    from carboy.web import Schema

    for name in {one.name, one.attribute}:
        reserved = (
            name in _OURS - {"name", "value"},
            hasattr(Model, name),
            hasattr(Schema, name),
            name.startswith("model_"),
        )
        if any(reserved):
            raise Refusal(
                f"{name} cannot be a field: every row, or its contract, has something of that name already."
                " Call it something else."
            )
        if name in _words_of_sql():
            raise Refusal(f"{name} cannot be a field: it is a word of SQL. Call it something else.")
    if one.unique and one.name == "wanted":
        raise Refusal("wanted cannot be a field that is unique: code means something else by it. Call it otherwise.")
    if one.kind.rules and one.alias in _imported():
        raise Refusal(
            f"{one.name} cannot be a field of this type: {one.alias} is a name that its code needs."
            " Call it something else."
        )


def refuse_feature(feature: Feature, project: "Project") -> None:
    """Refuse a feature whose name is taken: by a folder, a table, an address, or anything that can be imported."""
    names = feature.names
    for name in (names.many, names.one):
        _refuse_word(name, names)
        if any(one.unique and one.name == name for one in feature.fields):
            raise Refusal(
                f"{name} cannot be a field that is unique here: it is the feature's own name. Call it something else."
            )
    for kind in (names.kind, names.kinds, names.table):
        if (
            kind in _imported()
            or hasattr(builtins, kind)
            or kind in {one.alias for one in feature.fields if one.kind.rules}
        ):
            raise Refusal(
                f"{names.many} cannot be a feature: {kind} is a name that its code needs."
                + (" Say another: --one NAME." if kind == names.kind else " Take another.")
            )
    _refuse_found(f"{names.many} is there already", _folders(feature, project))
    if names.many in sys.stdlib_module_names or find_spec(names.many) is not None:
        raise Refusal(
            f"{names.many} cannot be a feature: Python would import something else of that name. Take another."
        )
    _refuse_asked(feature, project)


def is_word_of_code(name: str) -> bool:
    """Whether functions or pages of every feature mean something else by this."""
    return name in _IN_CODE


def _refuse_word(name: str, names: Names) -> None:
    """Refuse the plural or the singular, where it means something else already."""
    hint = "Say what one of them is called: --one NAME." if name == names.one else "Take another name."
    if is_word_of_code(name) or name in _words_of_sql():
        raise Refusal(
            f"{name} cannot be a feature, nor one of its things: code or SQL means something else by it. {hint}"
        )
    if hasattr(builtins, name) or hasattr(dict, name) or name in _imported():
        raise Refusal(f"{name} cannot be a feature, nor one of its things: Python knows something of that name. {hint}")


def _refuse_asked(feature: Feature, project: "Project") -> None:
    taken, names = inside.ask(project, "survey"), feature.names
    for what, name in (("tables", names.many), ("addresses", names.path), ("blueprints", names.many)):
        if name in taken[what]:
            raise Refusal(
                f"{names.many} cannot be a feature: one of the application's {what} is called {name} already."
                " Take another name."
            )


def _folders(feature: Feature, project: "Project") -> list[str]:
    many = feature.names.many
    places = (
        f"{project.package}/{many}",
        f"{project.package}/{many}.py",
        f"{project.package}/templates/{many}",
        f"specifications/schemas/{many}",
        f"tests/{many}",
    )
    return [place for place in places if (project.root / place).exists()]


def _refuse_found(what: str, places: Iterable[str]) -> None:
    if found := list(places):
        raise Refusal(f"{what}: {', '.join(found)}. Take another name, or `carboy remove feature` first.")


@cache
def _imported() -> frozenset[str]:
    """Every name that a template imports or defines for itself."""
    names: set[str] = {"ONE_LINE", "OUTRUN", "Said", "Document", "Typed", "Username", "Asker", "NUMBERS", "BELONGS"}
    for template in resources.files(__package__).joinpath("templates").iterdir():
        text = re.sub("<<.*?>>", "", template.read_text("utf-8"))
        for line in re.findall(r"^(?:from .+ )?import (.+)$", text, re.MULTILINE):
            names |= set(re.findall(r"\b[A-Za-z]\w*", line))
    return frozenset(names)


@cache
def _words_of_sql() -> frozenset[str]:
    from sqlalchemy.dialects.mysql.reserved_words import RESERVED_WORDS_MARIADB, RESERVED_WORDS_MYSQL
    from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer
    from sqlalchemy.sql.compiler import RESERVED_WORDS

    theirs = RESERVED_WORDS_MARIADB | RESERVED_WORDS_MYSQL
    return frozenset(theirs | SQLiteIdentifierPreparer.reserved_words | RESERVED_WORDS) - _FREE_WORDS
