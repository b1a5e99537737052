"""`carboy upgrade`: what changed in the starter comes into a project made of it, beside what its people changed.

editions.py    the two Carboys, each of which draws its own starter for this project (drawing.py)
deciding.py    what becomes of each file, by three sides; plan.py puts everything together
repository.py  git: what it refuses, what it merges, how to take everything back
writing.py     everything or nothing
telling.py     the difference, the summary, what releases ask for
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from packaging.version import Version

from carboy.cli.project import Project, project_at
from carboy.cli.upgrade import telling, writing
from carboy.cli.upgrade.editions import Edition, installed, same, unpacked, vendored
from carboy.cli.upgrade.plan import Plan, planned
from carboy.cli.upgrade.repository import Repository

_WHEEL = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--from", "wheel", type=_WHEEL, metavar="WHEEL", help="The Carboy to upgrade to, if not the installed one."
)
@click.option(
    "--base", type=_WHEEL, metavar="WHEEL", help="The Carboy that the project is of, if vendor/ has no wheel of it."
)
@click.option(
    "--with", "wanted", multiple=True, metavar="FEATURE", help="Take in a feature that is new or was left out."
)
@click.option("--dry-run", is_flag=True, help="Show the difference, and write nothing.")
def command(wheel: Path | None, base: Path | None, wanted: tuple[str, ...], *, dry_run: bool) -> None:
    """Bring the project's files to another version of Carboy, and keep what you changed. Exits with 1 on conflicts."""
    project = project_at(Path.cwd())
    repository = Repository(project.root)
    repository.refuse_conflicts()
    if not dry_run:
        repository.refuse_changes()
    with _new(project, wheel) as new:
        if not wanted and _is_the_same(project, new):
            click.echo(f"The project is of Carboy {new.version} already. There is nothing to do.")
            return
        with _old(project, base) as old:
            plan = planned(project, repository, (old, new), wanted)
    if dry_run:
        click.echo(telling.difference(plan.changes), nl=False)
    else:
        writing.write(repository, plan.changes)
    _tell(plan, dry_run=dry_run)
    if plan.conflicts:
        raise SystemExit(1)


@contextmanager
def _new(project: Project, wheel: Path | None) -> Iterator[Edition]:
    """Return the one to upgrade to; refuse to go back."""
    with unpacked(wheel) if wheel else _given(installed()) as new:
        if new.version < Version(project.version):
            raise click.ClickException(
                f"The project is of Carboy {project.version}, and {new.version} is older. To go back, undo the commit"
                " of the upgrade: git revert."
            )
        yield new


@contextmanager
def _given(edition: Edition) -> Iterator[Edition]:
    yield edition


def _is_the_same(project: Project, new: Edition) -> bool:
    """Tell whether the project is of this very Carboy. While one is worked on, two wheels may have one version."""
    if new.version != Version(project.version):
        return False
    if new.wheel is None:
        return True
    return any(same(new.wheel, kept) for kept in vendored(project.root))


@contextmanager
def _old(project: Project, base: Path | None) -> Iterator[Edition]:
    """Return the one that the project is of."""
    version = Version(project.version)
    kept = project.root / "vendor" / f"carboy-{version}-py3-none-any.whl"
    wheel = base or (kept if kept.is_file() else None)
    if wheel is None and installed().version != version:
        raise click.ClickException(
            f"What Carboy {version} gave cannot be told: {kept.relative_to(project.root)} is not there. Take it from"
            " your history (git log -- vendor), or name such a wheel: --base WHEEL."
        )
    with unpacked(wheel) if wheel else _given(installed()) as old:
        if old.version != version:
            raise click.ClickException(
                f"The project is of Carboy {version}, and {wheel} is {old.version}. Name one of that: --base WHEEL."
            )
        yield old


def _tell(plan: Plan, *, dry_run: bool) -> None:
    old, new = plan.old.version, plan.new.version
    click.echo(f"Carboy {old} → {new}{', had it been done' if dry_run else ''}: {telling.summary(plan.changes)}")
    if plan.news:
        click.echo(f"New, and left out: {', '.join(plan.news)}. Take one in with `carboy upgrade --with NAME`.")
    if asked := telling.asked_of_you(plan.new.upgrading, since=old, until=new):
        click.echo(f"\n{asked}\n")
    if not dry_run:
        click.echo(telling.next_steps(conflicts=plan.conflicts))
