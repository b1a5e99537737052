"""Accounts over HTTP: JSON, and nothing else. Each module adds its routes to one blueprint."""

from typing import TYPE_CHECKING

from flask import Blueprint

from carboy.accounts.api import admin, links, profiles, sessions, tokens, users

if TYPE_CHECKING:
    from flask import Flask


def mount(app: "Flask", api: Blueprint, *, profile: "type[profiles.Profile] | None" = None) -> None:  # noqa: ARG001
    """Put accounts on this version of the API."""
    blueprint = Blueprint("accounts", __name__)
    users.add(blueprint, profile or profiles.Profile)
    for module in (tokens, sessions, links, admin):
        module.add(blueprint)
    api.register_blueprint(blueprint)
