"""Keys for machines: `X-API-Key`. We keep only a digest of each, in API_KEYS; the machine keeps the key.

A key is 256 random bits, so one round of SHA-256 guards it as well as any slow hash, and looking up a digest tells
nobody's watch anything about the key.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import TYPE_CHECKING

import click
from flask import Flask, Request, current_app
from flask.cli import AppGroup, with_appcontext

from carboy import settings as settings_room
from carboy.errors import Unauthenticated
from carboy.settings import kinds
from carboy.web.identity import Identity, authenticator

if TYPE_CHECKING:
    from carboy.settings import Settings

HEADER, _VARIABLE = "X-API-Key", "HTTP_X_API_KEY"
CHALLENGE = f'ApiKey header="{HEADER}"'
SCHEMES = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": HEADER,
        "description": "A machine's key. `flask keys create` makes one; `flask dev` shows one to develop with.",
    }
}
ROLE = "machine"

keys_commands = AppGroup("keys", help="Keys for machines that call the API.")


def init_app(app: Flask) -> None:
    """Recognise machines by their key."""
    names = _names_by_digest(settings_room.adopt(app))
    authenticator(app, lambda request: _machine(request, names), challenge=CHALLENGE, schemes=SCHEMES)
    app.cli.add_command(keys_commands)


def development_key(settings: "Settings") -> str:
    """Return the key that opens the API while it is developed; empty in any other mode, and once there are keys."""
    if settings.mode != "development" or settings.api_keys:
        return ""
    secret = settings.secret_key.get_secret_value().encode()
    drawn = hmac.digest(secret, b"carboy: the key of development", "sha256")
    return f"ck_dev_{urlsafe_b64encode(drawn).decode().rstrip('=')}"


def _names_by_digest(settings: "Settings") -> Mapping[str, str]:
    entries = [entry.get_secret_value().partition("=") for entry in settings.api_keys]
    names = {digest: name for name, _, digest in entries}
    if key := development_key(settings):
        names[_digest(key)] = "development"
    return names


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _machine(request: Request, names: Mapping[str, str]) -> Identity | None:
    key = request.environ.get(_VARIABLE)
    if key is None:
        return None
    name = names.get(_digest(key))
    if name is None:
        raise Unauthenticated(f"The key in {HEADER} is not one of ours.")
    return Identity(user_id=None, roles=frozenset({ROLE}), session_id=None, via=f"key:{name}", ambient=False)


@keys_commands.command()
@click.argument("name")
@with_appcontext
def create(name: str) -> None:
    """Make a key for the machine called NAME, and show it once."""
    present = [entry.get_secret_value() for entry in settings_room.of(current_app).api_keys]
    key = f"ck_{token_urlsafe(32)}"
    try:
        entries = kinds.machine_keys([*present, f"{name}={_digest(key)}"])
    except ValueError as error:
        raise click.BadParameter(f"API_KEYS {error}.", param_hint="NAME") from error
    click.echo(f"The key of {name}. It is shown this once and stored nowhere:\n\n  {key}\n")
    click.echo(f"Where the application runs, set its digest, and start it anew:\n\n  API_KEYS={','.join(entries)}\n")
    click.echo(f"The machine sends the key in each request:\n\n  {HEADER}: {key}")
