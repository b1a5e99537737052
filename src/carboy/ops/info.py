"""`flask info`: what this application is made of. For the operator's terminal, never for a page."""

from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

_PACKAGES = ("carboy", "flask", "werkzeug", "sqlalchemy", "alembic", "pydantic", "psycopg", "pymysql", "gunicorn")


def init_app(app: "Flask") -> None:
    """Add the command, and put what one wants at hand into `flask shell`."""
    import click
    from flask import current_app
    from flask.cli import with_appcontext

    from carboy import settings as settings_room

    @app.cli.command("info")
    @with_appcontext
    def info() -> None:
        """Show features, routes, versions and settings (secrets hidden)."""
        for title, rows in _sections(current_app._get_current_object()):  # type: ignore[attr-defined]  # noqa: SLF001
            click.secho(title, bold=True)
            width = max((len(name) for name, _ in rows), default=0)
            for name, value in rows:
                click.echo(f"  {name:<{width}}  {value}")

    app.shell_context_processor(lambda: {"settings": settings_room.of(app)})


def _sections(app: "Flask") -> list[tuple[str, list[tuple[str, str]]]]:
    from carboy import settings as settings_room
    from carboy.settings.report import rows

    settings = settings_room.of(app)
    return [
        ("Application", [("name", app.name), ("mode", settings.mode), ("root", str(settings.root))]),
        ("Features", [(name, blueprint.import_name) for name, blueprint in app.blueprints.items()]),
        ("Versions", [("python", python_version()), *_versions()]),
        ("Routes", [(rule.rule, f"{_methods(rule)} → {rule.endpoint}") for rule in _rules(app)]),
        ("Settings", [(row.name, f"{row.value}  ({row.source})") for row in rows(settings)]),
    ]


def _versions() -> list[tuple[str, str]]:
    found = []
    for package in _PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return found


def _rules(app: "Flask") -> list[Any]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def _methods(rule: Any) -> str:
    return " ".join(sorted(rule.methods - {"HEAD", "OPTIONS"}))
