"""`carboy add feature` and `carboy remove feature`, as they are typed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from carboy.cli.project import settled_at

if TYPE_CHECKING:
    from carboy.cli.add.feature import Contract, Store

_AFTERWARDS = (
    "The database has it after `flask db upgrade`; `make run` does that by itself."
    " Begin to read at {package}/{name}/domain.py."
)


@click.group("add")
def add() -> None:
    """Add to the project that you are in."""


@click.group("remove")
def remove() -> None:
    """Take away from the project that you are in."""


@add.command("feature")
@click.argument("name")
@click.argument("fields", nargs=-1, required=True)
@click.option("--one", default="", help="What one of them is called, where that is not plain: --one child.")
@click.option(
    "--store",
    type=click.Choice(["orm", "sql"]),
    default="orm",
    show_default=True,
    help="How rows are read and written: by SQLAlchemy's session, or by plain SQL on the driver.",
)
@click.option(
    "--contract",
    type=click.Choice(["types", "files"]),
    default="types",
    show_default=True,
    help="Where it is said what goes over the wire: in classes, or in JSON Schema files.",
)
@click.option("--pages", is_flag=True, help="HTML pages as well as the API.")
def add_feature(
    name: str, fields: tuple[str, ...], *, one: str, store: "Store", contract: "Contract", pages: bool
) -> None:  # fmt: skip
    """Write a whole feature: table, rules, API, tests.

    NAME is the plural, such as invoices. A field is NAME:TYPE. TYPE is string(80), text, integer, decimal(12,2),
    boolean, date, datetime, uuid, email, url, choice(a,b) or ref[feature]; a `?` after it says that the field may be
    left out, and :unique and :index may follow.

    \b
        carboy add feature customers name:string email:email?
        carboy add feature invoices amount:decimal due:date 'note:text?' 'customer:ref[customers]' --pages
    """
    from carboy.cli.add import adding

    project = settled_at(Path.cwd())
    feature = adding.read(project, name, fields, one=one, store=store, contract=contract, pages=pages)
    for place in adding.add(project, feature):
        click.echo(f"  {place}")
    click.echo(_AFTERWARDS.format(package=project.package, name=name))


@remove.command("feature")
@click.argument("name")
@click.option("--force", is_flag=True, help="Also what was changed since it was written.")
def remove_feature(name: str, *, force: bool) -> None:
    """Take a feature away that `carboy add feature` wrote, as if it had never been."""
    from carboy.cli.add import removing

    removing.remove(settled_at(Path.cwd()), name, force=force)
    click.echo(f"{name} is gone.")
