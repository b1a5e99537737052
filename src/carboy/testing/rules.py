"""Routes in tests: what builds an address is compiled once in a test run, however many applications have the route.

Werkzeug compiles two functions for each route of each application, which is most of what making one takes. They know
nothing of their application: the same trace gives the same function.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from werkzeug.routing import Rule

_COMPILE = "_compile_builder"  # Werkzeug's own affair: without it, everything works, and takes longer


def compile_once() -> None:
    """Keep what is compiled from now on."""
    compile_anew = getattr(Rule, _COMPILE, None)
    if compile_anew is not None and not hasattr(compile_anew, "__wrapped__"):
        setattr(Rule, _COMPILE, _once(compile_anew))


def _once(compile_anew: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[Any, Any] = {}

    @wraps(compile_anew)
    def compiled(rule: Any, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)  # noqa: SLF001  (see above)
        if key not in kept:
            kept[key] = compile_anew(rule, append_unknown)
        return kept[key]

    return compiled
