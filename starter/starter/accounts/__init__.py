"""Accounts: this application's own user, on the library's accounts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Give the application its users, with what they send and hear, and put accounts on its API and its pages."""
    from carboy import accounts, files, live

    from starter.accounts.models import User
    from starter.accounts.schemas import Profile, time_zones

    accounts.init_app(app, User)
    files.init_app(app)
    live.init_app(app)
    accounts.mount(api, profile=Profile)
    accounts.mount_pages(app, profile=Profile)
    app.jinja_env.globals["time_zones"] = time_zones
