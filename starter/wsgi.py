"""Where `flask` and servers look by themselves: in this folder `flask db upgrade` needs no FLASK_APP."""

from starter import create_app

__all__ = ["create_app"]
