"""Accounts over HTTP: JSON, and nothing else. Each module adds its routes to one blueprint."""

from flask import Blueprint

from carboy.accounts.api import admin, links, profiles, sessions, tokens, users


def mount(api: Blueprint, *, profile: type[profiles.Profile] = profiles.Profile) -> None:
    """Put accounts on this version of the API."""
    blueprint = Blueprint("accounts", __name__)
    users.add(blueprint, profile)
    for module in (tokens, sessions, links, admin):
        module.add(blueprint)
    api.register_blueprint(blueprint)
