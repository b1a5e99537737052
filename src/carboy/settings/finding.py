"""The settings of an application, for whoever has the application."""

from typing import TYPE_CHECKING

from carboy.errors import SetupError

if TYPE_CHECKING:
    from flask import Flask

    from carboy.settings import Settings


def of(app: "Flask") -> "Settings":
    """Return the settings of this application."""
    try:
        settings: Settings = app.extensions["carboy.settings"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no settings. Call carboy.settings.adopt(app) where the application is made."
        ) from None
    return settings
