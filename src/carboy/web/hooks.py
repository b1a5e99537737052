"""Hooks are called as Flask calls them, and it is not worked out at every request how.

At each request Flask asks of each hook and of the view whether it is a coroutine. Of a plain function its code says so
at once.
"""

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

_MARK = "_is_coroutine_marker"  # inspect.markcoroutinefunction leaves it


def init_app(app: "Flask") -> None:
    """Have plain functions called as they are; everything else is Flask's to look at."""
    look_closer = app.ensure_sync

    def ensure_sync(function: Callable[..., Any]) -> Callable[..., Any]:
        if type(function) is FunctionType and not _may_be_coroutine(function):
            return function
        return look_closer(function)

    setattr(app, "ensure_sync", ensure_sync)  # noqa: B010  (as Flask lets a subclass do)


def _may_be_coroutine(function: FunctionType) -> bool:
    return bool(function.__code__.co_flags & inspect.CO_COROUTINE) or _MARK in function.__dict__
