"""`flask users …` and `flask auth purge`: users, for whoever runs the application. The first admin is made here."""

import secrets
from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from carboy.accounts import administering, finding, sessions, upkeep
from carboy.accounts.flask import accounts
from carboy.accounts.room import HERE
from carboy.accounts.table import ADMIN, USER
from carboy.data.cli import refusals_told
from carboy.data.pages import Window
from carboy.errors import NotFound

users_commands = AppGroup("users", help="Users: make, find, shut out, give roles.")
auth_commands = AppGroup("auth", help="Look after sign-ins and tokens.")


@users_commands.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="Let them administer the application.")
@click.option("--username", help="A name to sign in with, beside the address.")
@click.option("--generate", is_flag=True, help="Draw a password and show it once, instead of asking for one.")
def create(email: str, username: str | None, *, admin: bool, generate: bool) -> None:
    """Make a user with the address EMAIL, which needs no confirming."""
    password = (
        secrets.token_urlsafe(16) if generate else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    with refusals_told():
        administering.create(accounts(), email, password, caller=HERE, role=ADMIN if admin else USER, username=username)
    click.echo(f"Made {'the admin' if admin else 'the user'} {email}.")
    if generate:
        click.echo(f"The password is shown this once:\n\n  {password}")


@users_commands.command("list")
@click.option("--search", help="A part of an address or a name.")
@click.option("--role", help="Only those with this role.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100), help="How many to show.")
def list_users(search: str | None, role: str | None, limit: int) -> None:
    """Show users, the newest first."""
    filters = administering.Filters(text=search, role=role)
    with refusals_told():
        page = administering.search(accounts(), filters, Window(limit=limit))
    for user in page.items:
        click.echo(f"{user.id}  {user.role:<8}  {_state(user):<12}  {user.email}")
    if page.next_cursor:
        click.echo("There are more: narrow it down with --search, or raise --limit.")


@users_commands.command()
@click.argument("who")
def show(who: str) -> None:
    """Show the user WHO: an address, a user name or an id."""
    with refusals_told():
        user = _find(who)
        held = sessions.list_of(accounts(), user.id)
    facts = {
        "id": user.id,
        "address": user.email,
        "user name": user.username or "none",
        "name": f"{user.first_name} {user.last_name}".strip() or "not said",
        "role": user.role,
        "state": _state(user),
        "made": f"{user.created_at:%Y-%m-%d %H:%M} UTC",
        "sign-ins": len(held),
    }
    for name, value in facts.items():
        click.echo(f"{name:<10} {_plain(value)}")


@users_commands.command()
@click.argument("who")
def disable(who: str) -> None:
    """Shut the user WHO out: every sign-in ends at once."""
    _set_active(who, active=False)


@users_commands.command()
@click.argument("who")
def enable(who: str) -> None:
    """Let the user WHO in again."""
    _set_active(who, active=True)


@users_commands.command("role")
@click.argument("who")
@click.argument("role")
def set_role(who: str, role: str) -> None:
    """Give the user WHO the role ROLE."""
    with refusals_told():
        user = _find(who)
        administering.set_role(accounts(), user.id, role, caller=HERE)
    click.echo(f"{user.email} is {role} now.")


@users_commands.command("sessions")
@click.argument("who")
@click.option("--end", is_flag=True, help="End them all.")
def list_sessions(who: str, *, end: bool) -> None:
    """Show the sign-ins of the user WHO."""
    with refusals_told():
        user = _find(who)
        held = sessions.list_of(accounts(), user.id)
        ended = administering.end_sessions(accounts(), user.id, caller=HERE) if end else 0
    for row in held:
        seen, program = f"{row.last_seen_at:%Y-%m-%d %H:%M}", _plain(row.user_agent[:60])
        click.echo(f"{row.id}  {row.kind:<8}  seen {seen}  {row.ip:<15}  {program}")
    click.echo(f"Ended {ended}." if end else f"{len(held)} in all.")


@auth_commands.command()
def purge() -> None:
    """Delete sign-ins, tokens, links and events whose time is over. The scheduler does it daily."""
    with refusals_told():
        gone = upkeep.purge(accounts())
    click.echo("Deleted " + ", ".join(f"{count} of {table}" for table, count in gone.items()) + ".")


def _set_active(who: str, *, active: bool) -> None:
    with refusals_told():
        user = _find(who)
        administering.set_active(accounts(), user.id, active, caller=HERE)
    click.echo(f"{user.email} {'may sign in again' if active else 'is shut out, and signed out everywhere'}.")


def _find(who: str) -> Any:
    room = accounts()
    login = finding.Login(email=who) if "@" in who else finding.Login(username=who)
    found = finding.by_id(room, UUID(who)) if _is_id(who) else finding.find(room, login)
    if found is None:
        raise NotFound(f"There is no user {who}. `flask users list --search …` finds them.")
    return found


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _plain(value: object) -> str:
    """Replace what a terminal would obey: names and user agents may come from anybody."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in str(value))


def _state(user: Any) -> str:
    if not user.is_active:
        return "shut out"
    return "active" if user.confirmed_at else "unconfirmed"
