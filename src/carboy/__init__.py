"""Carboy: what a Flask application needs once it outgrows one file and one process.

The front door. Each name is imported when it is first used, so that `import carboy.errors` imports nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carboy.app import create_app
    from carboy.data import Database, Model, Versioned
    from carboy.errors import CarboyError
    from carboy.settings import Settings

__all__ = ["CarboyError", "Database", "Model", "Settings", "Versioned", "create_app"]

_LIVES_IN = {
    "CarboyError": "carboy.errors",
    "Database": "carboy.data",
    "Model": "carboy.data",
    "Settings": "carboy.settings",
    "Versioned": "carboy.data",
    "create_app": "carboy.app",
}


def __getattr__(name: str) -> object:
    if name not in _LIVES_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LIVES_IN[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
