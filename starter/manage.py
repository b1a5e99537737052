"""`python manage.py db upgrade`, for those whose hands know it: the same as `flask db upgrade`."""

import os

from flask import Flask
from flask.cli import main


def __getattr__(name: str) -> Flask:
    """Make the application when a server asks for `manage:application`, and not before."""
    if name != "application":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from starter import create_app

    return create_app()


if __name__ == "__main__":
    os.environ.setdefault("FLASK_APP", "starter")
    main()
