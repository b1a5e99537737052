"""`@job`: a note on a plain function that it may be run later, by somebody else, more than once.

    @job(queue="exports", attempts=3)
    def export(list_id: UUID, *, db: Database, job: Running) -> Done: ...

What is asked for are its positional parameters; they pass through JSON. What it needs to work are its keyword-only
ones, filled by name: `db`, `job` (itself at work), `jobs`, `settings`, `mail`, and what the application provides.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, overload

from carboy.errors import SetupError
from carboy.jobs.outcomes import Delay, as_timedelta
from carboy.jobs.table import LONGEST_NAME, LONGEST_QUEUE

SMALLEST_PRIORITY, LARGEST_PRIORITY = -100, 100
# Parameters of `enqueue` itself: a handler's own of that name could never be said.
_OPTIONS = {"key", "at", "delay", "priority", "asked_by"}

Function = TypeVar("Function", bound=Callable[..., Any])
Upgrade = Callable[[int, dict[str, Any]], dict[str, Any]]
_NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD
_SEAM = inspect.Parameter.KEYWORD_ONLY
_NOTHING = timedelta(0)


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
    soft_limit: Delay | None = ...,
    hard_limit: Delay | None = ...,
    isolate: bool = ...,
    atomic: bool = ...,
    confidential: bool = ...,
) -> Callable[[Function], Function]: ...
def job(
    function: Any = None,
    /,
    *,
    name: str = "",
    soft_limit: Delay | None = None,
    hard_limit: Delay | None = None,
    **options: Any,
) -> Any:
    """Declare that a function may be enqueued. It stays a plain function, and tests may call it.

    - `name` is what stands in the row, by default module and function; after a rename, `formerly` has the old ones.
    - `attempts` is how often it may fail; `priority` goes from -100 to 100, the greater first.
    - `version` of its arguments, and `upgrade(version, arguments)`, which brings those of an older release up to date.
    - `soft_limit`: after it, `job.progress()` and `job.check()` raise. `hard_limit` needs `isolate=True`. Both are
      timedeltas, or seconds.
    - `isolate` runs it in a process of its own, which can be killed, with all that it has started.
    - `atomic=False`: each of its transactions is kept by itself, also when it fails later.
    - `confidential`: its arguments are wiped when it is done, cancels or fails by its own word; of what it raises, no
      more is kept than the type and the place. One whose attempts are used up may still be asked for again.
    """

    limits = {"soft_limit": _limit(soft_limit), "hard_limit": _limit(hard_limit)}

    def note(function: Function) -> Function:
        function.carboy_job = _handler(function, name=name, **limits, **options)  # type: ignore[attr-defined]
        return function

    return note if function is None else note(function)


def handler_of(function: Callable[..., Any]) -> Handler:
    """Return what was declared of a function."""
    found = getattr(function, "carboy_job", None)
    if not isinstance(found, Handler):
        called = getattr(function, "__qualname__", repr(function))
        raise SetupError(f"{called} is no job. Put @job above it.")
    return found


def _limit(said: Delay | None) -> timedelta | None:
    return None if said is None else as_timedelta(said)


def _handler(function: Callable[..., Any], *, name: str, **options: Any) -> Handler:
    parameters = inspect.signature(function).parameters.values()
    handler = Handler(
        function=function,
        name=name or f"{function.__module__}.{function.__qualname__}",
        arguments=tuple(one for one in parameters if one.kind is _NAMED),
        seams=tuple(one.name for one in parameters if one.kind is _SEAM),
        **options,
    )
    nameless = [str(one) for one in parameters if one.kind not in (_NAMED, _SEAM)]
    for wrong, advice in (*_faults_of_function(handler, nameless), *_faults_of_options(handler)):
        if wrong:
            raise SetupError(f"The job {handler.name} {advice}.")
    return handler


_Faults = Iterator[tuple[bool, str]]


def _faults_of_function(handler: Handler, nameless: Sequence[str]) -> _Faults:
    function = inspect.unwrap(handler.function)
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    taken = {one.name for one in handler.arguments} & _OPTIONS
    yield is_async, "is an async function. Make it a plain one, and call asyncio.run(…) inside"
    yield inspect.isgeneratorfunction(function), "yields, and nobody would go through it. Make it a plain function"
    yield bool(nameless), f"has nameless parameters ({', '.join(nameless)}). Name them: rows are read by other releases"
    yield bool(taken), f"has parameters that `enqueue` has itself: {', '.join(taken)}. Rename them"


def _faults_of_options(handler: Handler) -> _Faults:
    soft, hard = handler.soft_limit, handler.hard_limit
    in_range = SMALLEST_PRIORITY <= handler.priority <= LARGEST_PRIORITY
    yield not in_range, f"has the priority {handler.priority}. Take one from {SMALLEST_PRIORITY} to {LARGEST_PRIORITY}"
    yield handler.attempts < 1, "has no attempts. Give it one at least"
    yield (
        any(limit is not None and limit <= _NOTHING for limit in (soft, hard)),
        "has a limit that leaves it no time. Raise it",
    )
    yield (
        hard is not None and not handler.isolate,
        "has a hard_limit, and no process that could be killed at it. Say isolate=True",
    )
    too_soon = soft is not None and hard is not None and soft >= hard
    yield too_soon, "has a soft_limit that its hard_limit never lets it reach. Make it the shorter one"
    too_long = len(handler.name) > LONGEST_NAME or len(handler.queue) > LONGEST_QUEUE
    yield too_long, f"has a name over {LONGEST_NAME} or a queue over {LONGEST_QUEUE} characters. Shorten it"
