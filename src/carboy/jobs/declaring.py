"""`@job`: a note on a plain function that it may be run later, by somebody else, more than once.

    @job(queue="exports", attempts=3)
    def export(list_id: UUID, *, db: Database, job: Running) -> Done: ...

What is asked for are its positional parameters; they pass through JSON. What it needs to work are its keyword-only
ones, filled by name: `db`, `job` (itself at work), `jobs`, `settings`, `mail`, and what the application provides.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, overload

from carboy.errors import SetupError

SMALLEST_PRIORITY, LARGEST_PRIORITY = -100, 100
# Parameters of `enqueue` itself: a handler's own of that name could never be said.
_OPTIONS = {"key", "delay", "priority", "asked_by"}

Function = TypeVar("Function", bound=Callable[..., Any])
Upgrade = Callable[[int, dict[str, Any]], dict[str, Any]]
_NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD
_SEAM = inspect.Parameter.KEYWORD_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A function that runs jobs, and how it wants to be run."""

    function: Callable[..., Any]
    name: str
    formerly: Sequence[str] = ()
    queue: str = "default"
    attempts: int = 5
    priority: int = 0
    version: int = 1
    upgrade: Upgrade | None = None
    soft_limit: timedelta | None = None
    hard_limit: timedelta | None = None
    isolate: bool = False
    atomic: bool = True
    confidential: bool = False
    arguments: Sequence[inspect.Parameter] = field(default=(), repr=False)
    seams: Sequence[str] = ()


@overload
def job(function: Function, /) -> Function: ...
@overload
def job(
    *,
    name: str = ...,
    formerly: Sequence[str] = ...,
    queue: str = ...,
    attempts: int = ...,
    priority: int = ...,
    version: int = ...,
    upgrade: Upgrade | None = ...,
    soft_limit: timedelta | None = ...,
    hard_limit: timedelta | None = ...,
    isolate: bool = ...,
    atomic: bool = ...,
    confidential: bool = ...,
) -> Callable[[Function], Function]: ...
def job(function: Any = None, /, *, name: str = "", **options: Any) -> Any:
    """Declare that a function may be enqueued. It stays a plain function, and tests may call it.

    - `name` is what stands in the row, by default module and function; after a rename, `formerly` has the old ones.
    - `attempts` is how often it may fail; `priority` goes from -100 to 100, the greater first.
    - `version` of its arguments, and `upgrade(version, arguments)`, which brings those of an older release up to date.
    - `soft_limit`: after it, `job.progress()` and `job.check()` raise. `hard_limit` needs `isolate=True`.
    - `isolate` runs it in a process of its own, which can be killed.
    - `atomic=False`: each of its transactions is kept by itself, also when it fails later.
    - `confidential`: its arguments are wiped from the row when it is done; one that failed may be asked for again.
    """

    def note(function: Function) -> Function:
        function.carboy_job = _handler(function, name, options)  # type: ignore[attr-defined]
        return function

    return note if function is None else note(function)


def handler_of(function: Callable[..., Any]) -> Handler:
    """Return what was declared of a function."""
    found = getattr(function, "carboy_job", None)
    if not isinstance(found, Handler):
        called = getattr(function, "__qualname__", repr(function))
        raise SetupError(f"{called} is no job. Put @job above it.")
    return found


def _handler(function: Callable[..., Any], name: str, options: Mapping[str, Any]) -> Handler:
    parameters = inspect.signature(function).parameters.values()
    handler = Handler(
        function=function,
        name=name or f"{function.__module__}.{function.__qualname__}",
        arguments=tuple(one for one in parameters if one.kind is _NAMED),
        seams=tuple(one.name for one in parameters if one.kind is _SEAM),
        **options,
    )
    _check(handler, [str(one) for one in parameters if one.kind not in (_NAMED, _SEAM)])
    return handler


def _check(handler: Handler, nameless: Sequence[str]) -> None:
    names = {one.name for one in handler.arguments}
    for wrong, advice in (
        (
            bool(nameless),
            f"has nameless parameters ({', '.join(nameless)}). Name them: rows are read by other releases",
        ),
        (bool(names & _OPTIONS), f"has parameters that `enqueue` has itself: {', '.join(names & _OPTIONS)}. Rename"),
        (
            not SMALLEST_PRIORITY <= handler.priority <= LARGEST_PRIORITY,
            f"has the priority {handler.priority}; it goes from {SMALLEST_PRIORITY} to {LARGEST_PRIORITY}",
        ),
        (handler.attempts < 1, "has no attempts; it needs one at least"),
        (bool(handler.hard_limit) and not handler.isolate, "has a hard_limit, which needs isolate=True"),
        (len(handler.name) > 200 or len(handler.queue) > 40, "has a name over 200 or a queue over 40 characters"),
    ):
        if wrong:
            raise SetupError(f"The job {handler.name} {advice}.")
