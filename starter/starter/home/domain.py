"""What the first page says: who runs here, on what, and where things are."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from platform import python_version
from typing import Protocol

PACKAGE = __name__.partition(".")[0]
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB", "mariadb": "MariaDB"}
WORKSHOPS = frozenset({"development", "testing"})


class About(Protocol):
    """What the page needs to know of the application's settings."""

    @property
    def mode(self) -> str: ...
    @property
    def app_name(self) -> str: ...
    @property
    def database_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: a name, and what there is to say about it."""

    name: str
    says: str


BEFORE_FEATURES = (Row(f"{PACKAGE}/features.py", "The table of contents: one line for each feature."),)
AFTER_FEATURES = (
    Row(f"{PACKAGE}/templates/", "HTML. layout.html is the frame, errors/ holds the pages nobody hopes to see."),
    Row(f"{PACKAGE}/static/", "app.css is the whole look, light and dark. vendor/ is other people's work."),
    Row("specifications/", "What the API promises: schema files, and the document that every change is held against."),
    Row("migrations/", "How the database came to look as it does, step by step."),
    Row("tests/", "One folder for each feature, named alike."),
    Row(".env.d/", "Settings, one file for each mode. Only the examples go into git."),
)
COMMANDS = (
    Row("flask info", "Features, addresses and versions at a glance"),
    Row("flask config", "Every setting: its value, and where it came from"),
    Row("flask db --help", "Migrations: make one, apply it, take it back"),
    Row("flask openapi", "The document of the API; with check: would clients break?"),
    Row("flask worker", "Runs what was accepted for later or is due by the clock; flask dev does so by itself"),
    Row("flask jobs", "What waits, runs and has failed; show, retry or cancel it"),
    Row("flask shell", "Python, with the application already loaded"),
    Row("make test", "All tests, on a database of their own"),
    Row("make check", "Format, lint and walls, before you commit"),
)


def places(features: Iterable[str]) -> tuple[Row, ...]:
    """List what is where. Of a feature it is told what the first line of its package says."""
    return (*BEFORE_FEATURES, *map(_place, features), *AFTER_FEATURES)


def _place(feature: str) -> Row:
    first_line = (import_module(feature).__doc__ or "").partition("\n")[0]
    says = first_line.partition(": ")[2] or first_line
    return Row(f"{feature.replace('.', '/')}/", says[:1].upper() + says[1:])


def shows_workshop(mode: str) -> bool:
    """Versions and maps are for those who build; a public page tells nobody what it runs on."""
    return mode in WORKSHOPS


def where_a_worker_is(engine: str) -> str:
    """Say how a developer gets somebody to run jobs."""
    if engine == "celery":
        return f"Run celery -A {PACKAGE}.celery worker in a terminal."
    return "flask dev brings one; elsewhere, run flask worker in a terminal."


def database_kind(url: str) -> str:
    """Name the database that an address leads to, and nothing else of the address."""
    scheme = url.partition(":")[0].partition("+")[0]
    return DATABASES.get(scheme, scheme)


def facts(about: About) -> tuple[Row, ...]:
    """List what runs here."""
    return (
        Row("Python", python_version()),
        Row("Flask", version("flask")),
        Row("Carboy", version("carboy")),
        Row("SQLAlchemy", version("sqlalchemy")),
        Row("Database", database_kind(about.database_url)),
    )
