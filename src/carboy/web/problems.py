"""Every problem that an API can answer with, by its code, and the page that explains it: /problems/<code>.

What Carboy raises on purpose, an application's own errors among it, tells its code, status and title by its class,
what it means by the first paragraph of its docstring, and what to do by its attribute `advice`, if it has one.
"""

import inspect
import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import current_app, render_template, request

from carboy.errors import CarboyError, NotFound
from carboy.web.explanations import ADVICE, GENERAL_ADVICE, HTTP, UNTRUSTED_HOST, Problem
from carboy.web.identity import public

if TYPE_CHECKING:
    from flask import Flask


# Their errors are known before anything of them has been used: the page may be asked for in another process.
# By their names, those of rooms above too: what is refused is explained to everybody in one place.
_ROOMS = (
    "carboy.accounts.refusals",
    "carboy.accounts.revocation",
    "carboy.web.contracts.reading",
    "carboy.web.csrf",
    "carboy.web.idempotency.ledger",
)

_HEAD = "| code | status | title | what it means | what to do |\n|---|---|---|---|---|"

_PLAIN = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ problem.title }}</title>
<h1>{{ problem.title }}</h1><p>{{ problem.meaning }}</p><p>{{ problem.advice }}</p>
<p><small>Status {{ problem.status }}, code <code>{{ problem.code }}</code></small></p></html>
"""


def init_app(app: "Flask") -> None:
    """Explain every problem at /problems/<code>: in `problems/problem.html`, if the application has it."""
    app.add_url_rule("/problems/<code>", "carboy_problem", public(_explain))


def _explain(code: str) -> str:
    problem = catalogue().get(code)
    if problem is None:
        raise NotFound("There is no problem of that name.")
    ours: Any = current_app.jinja_env.from_string(_PLAIN)
    return render_template(["problems/problem.html", ours], problem=problem)


def catalogue() -> dict[str, Problem]:
    """Return every problem by its code."""
    found = {UNTRUSTED_HOST.code: UNTRUSTED_HOST}
    for problem in (*map(of_error, _kinds()), *map(of_status, _statuses())):
        found.setdefault(problem.code, problem)
    return found


def of_error(kind: type[CarboyError]) -> Problem:
    """Return what this class of errors is about."""
    if kind.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return HTTP[kind.status]  # the cause is ours to know
    return Problem(kind.code, kind.status, kind.title, _meaning_of(kind), _advice_of(kind))


def of_status(status: int) -> Problem:
    """Return what an HTTP status is about; one that nobody knows is like the first of its hundred (RFC 9110, 15)."""
    if status in HTTP:
        return HTTP[status]
    if status in _OF_THE_HOUSE:
        return of_error(_OF_THE_HOUSE[status])
    if status not in _statuses():
        return of_status(500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400)
    known = HTTPStatus(status)
    meaning = f"{known.description or known.phrase}."
    return Problem(_as_code(known.phrase), status, known.phrase, meaning, GENERAL_ADVICE[status // 100])


def type_of(code: str) -> str:
    """Return the address of the page that explains this code."""
    return f"{quote(request.script_root)}/problems/{code}"


def title_of(status: int) -> str:
    """Return the title of the problem with this status."""
    return of_status(status).title


def example_of(status: int) -> dict[str, Any]:
    """Return a problem with this status as an API answers it, for the API's document."""
    problem = of_status(status)
    example = {"type": f"/problems/{problem.code}", "title": problem.title, "status": status, "code": problem.code}
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        broken = {"in": "body", "pointer": "#/name", "code": "maxLength", "detail": "At most 40 characters."}
        example |= {"detail": "1 field needs attention.", "errors": [broken]}
    return example | {"request_id": "3f9c1b7a5d2e4f60a8c1d2e3f4a5b6c7"}


def reference() -> str:
    """Return the library's problems as the table that stands in the documents."""
    ours = [of_error(kind) for kind in _kinds() if kind.__module__.startswith("carboy.")]
    problems = {problem.code: problem for problem in (*reversed(ours), *HTTP.values(), UNTRUSTED_HOST)}
    rows = [
        f"| `{one.code}` | {one.status} | {one.title} | {one.meaning} | {one.advice} |"
        for one in sorted(problems.values(), key=lambda one: (one.status, one.code))
    ]
    return "\n".join([_HEAD, *rows]) + "\n"


def _kinds() -> Iterator[type[CarboyError]]:
    for room in _ROOMS:
        import_module(room)
    return _family_of(CarboyError)


def _family_of(kind: type[CarboyError]) -> Iterator[type[CarboyError]]:
    """Yield this class and all below it, elders first: a code that is inherited is explained by whoever gave it."""
    yield kind
    for child in kind.__subclasses__():
        yield from _family_of(child)


def _meaning_of(kind: type[CarboyError]) -> str:
    told = next(elder.__doc__ for elder in kind.__mro__ if elder.__doc__)
    return " ".join(inspect.cleandoc(told).partition("\n\n")[0].split())


def _advice_of(kind: type[CarboyError]) -> str:
    for elder in kind.__mro__:
        said = vars(elder)
        if advice := said.get("advice") or ADVICE.get(said.get("code", "")):
            return str(advice)
    return GENERAL_ADVICE[5 if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR else 4]


def _statuses() -> list[int]:
    return [status for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST]


def _as_code(phrase: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", phrase.lower().replace("'", ""))


_OF_THE_HOUSE = {
    kind.status: kind for kind in CarboyError.__subclasses__() if kind.__module__ == CarboyError.__module__
}
