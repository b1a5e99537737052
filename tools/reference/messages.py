"""The page of messages: what is said when something is wrong, by the room that says it."""

import inspect
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from types import SimpleNamespace

from tools.reference.collecting import Message, messages
from tools.reference.markdown import table
from werkzeug.exceptions import HTTPException, SecurityError

from carboy.errors import CarboyError
from carboy.web import problems
from carboy.web.contracts import wording
from carboy.web.explanations import UNTRUSTED_HOST

_HEAD = """# Messages

Made by `make reference` from the sources; tests keep it true, and hold every message to be a sentence, and those for
operators and developers to say what to do. `{names}` stand for values. A text that begins with `NAME` begins with the
setting, and with where it was said.

"""

_KINDS = (
    (
        "`SettingsError`",
        "whoever starts the application",
        "It does not start. All that is wrong is told at once, and the process exits with 78.",
    ),
    (
        "an id, as in [checks](checks.md)",
        "the same; whoever types `flask check` or `carboy doctor`",
        "What is *fatal* there is told as a `SettingsError` at the start; a *warning* stops nothing.",
    ),
    (
        "`SetupError`",
        "whoever writes or runs the application",
        "It ends what was begun: a start, a command; a request with a 500, whose cause is in the log alone.",
    ),
    (
        "`ClickException`, `Refusal`, `NoProject`, `Unreadable`",
        "whoever types a command",
        "`Error: …`, and the command exits with 1.",
    ),
    ("`Unwanted`, `UsageError`, `BadParameter`", "the same", "The same, and it exits with 2."),
    ("told", "the same", "The command goes on, or has said already what it exits with."),
    ("`Busy` and its kin", "whoever reads the log", "Who asked is answered 503. Trying again is safe."),
)

# What a broken keyword knows of itself.
_VALUES = {
    "types": ["integer"],
    "options": ["{one}", "{another}"],
    "expected_value": "{value}",
    "schema": {"const": "{value}"},
    "format": "date",
    "limit": "{limit}",
    "multiple_of": "{number}",
}

_OVER_HTTP = """
## Answered over HTTP

The `detail` of an error: [every code, what it means and what to do](errors.md). On pages it stands at its form, or
on the page of the error. What stands behind a name and a colon is about that field.

"""

_OF_CONTRACTS = """### Contracts

What breaks a contract is a 422 `invalid` with one of these for each thing that is wrong, in `errors`; `code` says which
keyword of JSON Schema it breaks. They say what is wanted, and never what was sent.

"""


def page() -> str:
    """Return the page."""
    found = messages()
    over_http = [one for one in found if _is_answered(one)]
    parts = [
        _HEAD,
        table(("raised as", "who meets it", "what comes of it"), _KINDS),
        *_rooms([one for one in found if one not in over_http], "##"),
    ]
    return "".join([*parts, _OVER_HTTP, _OF_CONTRACTS, _sentences_of_contracts(), *_rooms(over_http, "###")])


def _is_answered(message: Message) -> bool:
    by_command = message.module.endswith(".cli") or message.module.startswith("carboy.ops.backup")
    return (
        not by_command and message.kind is not None and 0 < _status_of(message.kind) < HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _status_of(kind: type[Exception] | None) -> int:
    if kind is not None and issubclass(kind, CarboyError):
        return kind.status
    return (kind.code or 0) if kind is not None and issubclass(kind, HTTPException) else 0


def _rooms(found: Iterable[Message], level: str) -> Iterator[str]:
    for room, said in groupby(found, attrgetter("room")):
        told = (inspect.getdoc(import_module(room)) or "").partition("\n\n")[0].replace("\n", " ")
        rows = dict.fromkeys((_shown(one.text), _label(one), f"`{one.module}`") for one in said)
        yield f"\n{level} {room}\n\n{told}\n\n" + table(("message", "raised as", "where"), rows)


def _shown(text: str) -> str:
    # As it stands: what looks like markup in it is none.
    return "`` " + " ".join(text.split()) + " ``" if "`" in text else f"`{' '.join(text.split())}`"


def _label(message: Message) -> str:
    if message.kind is None:
        return f"`{message.label}`" if message.label else "told"
    status, code = _status_of(message.kind), getattr(message.kind, "code", None)
    if message.kind is SecurityError:  # which Werkzeug knows as nothing but a bad request
        code = UNTRUSTED_HOST.code
    if not _is_answered(message):
        return f"`{message.label}`"
    return f"{status} `{code if isinstance(code, str) else problems.of_status(status).code}`"


def _sentences_of_contracts() -> str:
    """Return what each keyword of a schema says where it is broken."""
    told = [("required", wording.REQUIRED), ("additionalProperties", wording.UNKNOWN)]
    for keyword in wording._SENTENCES:  # noqa: SLF001  (nobody else wants to know which there are)
        kind = SimpleNamespace(name=keyword, **_VALUES)
        told.append((keyword, wording.sentence(kind)))
    return table(("code", "detail"), [(f"`{keyword}`", f"`{said}`") for keyword, said in told])
