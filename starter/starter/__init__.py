"""The application. Start reading at features.py, then at carboy.app, which says what a request passes."""

from typing import TYPE_CHECKING

from starter.features import FEATURES

if TYPE_CHECKING:
    from flask import Flask

    from starter.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """One application: settings in, a WSGI callable out. Call it as often as you like."""
    # Flask is imported here and not above: `import starter.people.domain` must not need it.
    from carboy.app import create_app as build

    from starter import settings as own

    return build(__name__, settings, settings_class=own.Settings, features=FEATURES)
