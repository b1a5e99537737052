"""Where a visitor is sent: to a page of this application, whatever the request says."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from carboy.testing.security import usual
from carboy.testing.security.asking import Asker
from carboy.testing.security.known import Known
from carboy.testing.security.routes import Door, declared_names
from carboy.testing.security.telling import filled_in
from carboy.testing.security.things import Fields
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from carboy.accounts.finding import User

NAMES = (
    "next", "url", "redirect", "redirect_to", "redirect_uri", "return", "return_to", "return_url", "returnUrl",
    "continue", "back", "goto", "target", "to", "dest", "destination", "forward", "ref",
)  # fmt: skip
TARGETS = (
    "https://evil.example/", "http://evil.example", "//evil.example", "///evil.example", "////evil.example",
    "https:evil.example", "https:/evil.example", "https:///evil.example", "HTTPS://evil.example",
    "\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\\/evil.example", "/\t/evil.example",
    "/\n/evil.example", "\t//evil.example", " //evil.example", "/\r/evil.example", "\x00//evil.example",
    "ht\ttps://evil.example", "//{host}@evil.example", "https://{host}@evil.example", "https://{host}.evil.example",
    "//evil.example\\@{host}", "https://evil.example#@{host}", "/%2f%2fevil.example", "%2f%2fevil.example",
    "/%5cevil.example", "/%09/evil.example", "/.//evil.example", "javascript:alert(1)", "data:text/html,x",
    "//evil%E3%80%82example",
)  # fmt: skip
_PLAIN = ("/there", "/elsewhere", "https://evil.example/there")

_by_everybody = pytest.mark.parametrize("signed_in", [False, True], ids=["a stranger", "somebody signed in"])


class RedirectLaws(Known):
    """Laws about redirects."""

    @_by_everybody
    def test_no_page_sends_its_visitor_to_another_site(self, walk: Walk, signed_in: bool) -> None:
        """Whatever stands in next, url, redirect and their like."""
        doors = [door for door in walk.doors() if "GET" in door.methods and (signed_in or door.is_open)]

        no_route_at_fault(_led_away(walk, doors, "GET", signed_in=signed_in), advice=_ADVICE)

    @_by_everybody
    def test_no_form_sends_its_visitor_to_another_site(self, walk: Walk, signed_in: bool) -> None:
        """Whatever stands in its fields, and in its address."""
        doors = [door for door in walk.pages() if "POST" in door.methods]

        no_route_at_fault(_led_away(walk, doors, "POST", signed_in=signed_in), advice=_ADVICE)

    def test_who_proves_who_they_are_is_sent_to_no_other_site(self, walk: Walk) -> None:
        """With the right password, when they trust what comes next."""
        user = walk.make_user("known@example.org", password=usual.PASSWORD)
        proofs = {**self.log_ins, **self.proofs}

        no_route_at_fault(
            (fault for path, fields in proofs.items() for fault in _proven_away(walk, path, fields, by=user)),
            advice=_ADVICE,
        )


_ADVICE = "A redirect takes no address from a request but a path of our own that was checked. These led away:"


def _led_away(walk: Walk, doors: Iterable[Door], method: str, *, signed_in: bool) -> Iterator[str]:
    for door in doors:
        targets = _targets(walk) if _takes_a_target(walk, door, method, signed_in=signed_in) else ()
        for target in targets:
            answer = _sent(_who(walk, door, method, signed_in=signed_in), door, method, target)
            if _leads_away(answer, walk.host):
                yield f"{method} {door} leads to {answer.headers['Location']!r} for {target!r}"


def _proven_away(walk: Walk, path: str, fields: Fields, *, by: "User") -> Iterator[str]:
    door = walk.door_at(path)
    if door is None or door.is_api:
        return
    right = filled_in(fields, by.email)
    for target in (_PLAIN[0], *_targets(walk)):
        asker = walk.stranger() if door.is_open else walk.somebody(door, user=by)
        answer = asker.send(door, path, {**_aims(door, "form", target), **right}, query_string={"next": target})
        # Of an open door, a log-in, another law says it: the one about wrong passwords.
        if target == _PLAIN[0] and answer.status_code >= 400 and not door.is_open:
            yield f"POST {door} answers {answer.status} to what is right: is {', '.join(fields)} all that it takes?"
        if _leads_away(answer, walk.host):
            yield f"POST {door} leads to {answer.headers['Location']!r} for {target!r}"


def _takes_a_target(walk: Walk, door: Door, method: str, *, signed_in: bool) -> bool:
    """Find out whether where this route leads depends on what is asked: most do not, and need no more questions."""
    answers = [_sent(_who(walk, door, method, signed_in=signed_in), door, method, target) for target in _PLAIN]
    return len({answer.headers.get("Location") for answer in answers}) > 1


def _who(walk: Walk, door: Door, method: str, *, signed_in: bool) -> Asker:
    if not signed_in:
        return walk.stranger()
    # A form may sign its sender out, or delete the account: each is sent by somebody new.
    return walk.somebody(door, user=walk.newcomer(door)) if method == "POST" else walk.reader(door)


def _sent(asker: Asker, door: Door, method: str, target: str) -> "TestResponse":
    form = {**_aims(door, "form", target), **asker.form_token()} if method == "POST" else None
    return asker.ask(method, door.path(), query_string=_aims(door, "query", target), data=form)


def _aims(door: Door, where: str, target: str) -> dict[str, str]:
    """Put the target under every name that may lead somewhere; a view that says what it takes is given nothing else."""
    declared = declared_names(door, where)
    return {name: target for name in NAMES if not declared or name in declared}


def _targets(walk: Walk) -> list[str]:
    return [target.replace("{host}", walk.host_name) for target in TARGETS]


def _leads_away(answer: "TestResponse", host: str) -> bool:
    """Read Location as browsers do: they drop tabs and line ends, and take a backslash for a slash."""
    seen = re.sub(r"[\t\r\n]", "", answer.headers.get("Location", "")).lstrip("".join(map(chr, range(33))))
    try:
        parts = urlsplit(seen.replace("\\", "/"))
    except ValueError:
        return True  # no path of ours reads like this
    if parts.scheme:
        return parts.scheme not in ("http", "https") or parts.netloc != host
    return bool(parts.netloc and parts.netloc != host) or seen.replace("\\", "/").startswith("//")
