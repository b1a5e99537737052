"""The live events of the application that is at work: `live().publish(…)`."""

from typing import TYPE_CHECKING

from flask import current_app

from carboy.errors import SetupError

if TYPE_CHECKING:
    from flask import Flask

    from carboy.live.room import Live


def live_of(app: "Flask") -> "Live":
    """Return the live events of this application."""
    try:
        room: Live = app.extensions["carboy.live"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no live events. Call carboy.live.init_app(app) where the application is made."
        ) from None
    return room


def live() -> "Live":
    """Return the live events of the application that is at work."""
    return live_of(current_app)
