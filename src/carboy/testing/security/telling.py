"""Who has an account is told to nobody: not by what is said, nor by a status, a header or the page that follows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carboy.testing.security import usual
from carboy.testing.security.asking import Asker
from carboy.testing.security.known import Known
from carboy.testing.security.routes import Door
from carboy.testing.security.things import Fields
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

# Of one length, so that a page which shows the address is as long for each.
_KNOWN, _UNCONFIRMED, _UNKNOWN = "known@example.org", "waits@example.org", "never@example.org"
_WRONG = "wrong horse battery staple"

_COOKIE_ITS_OWN = re.compile(r"(?<!Path)(?<!SameSite)(?<!Max-Age)=[^;]*")  # the value, and to the second Expires
_ITS_OWN = ("Date", "X-Request-ID", "Set-Cookie")
_VARIES = re.compile(
    r"""[\w-]{64}  # a token against forgery
    | (?<=nonce-)[\w-]+ | (?<=nonce=")[\w-]+""",
    re.VERBOSE,
)


class TellingLaws(Known):
    """Laws about what is told of accounts."""

    def test_a_wrong_password_and_an_unknown_address_read_the_same(self, walk: Walk) -> None:
        """By page and by API; and the right password is another matter."""
        walk.make_user(_KNOWN, password=usual.PASSWORD)
        walk.make_user(_UNCONFIRMED, password=usual.PASSWORD, confirmed_at=None)

        no_route_at_fault(
            [*_differences(walk, self.log_ins, password=_WRONG), *_never_tried(walk, self.log_ins)],
            advice="Say the same to both, after the same work. What is told of an account here:",
        )

    def test_asking_for_a_mail_tells_nobody_who_has_an_account(self, walk: Walk) -> None:
        """Signing up, a forgotten password, the first link once more; the truth goes to the mailbox alone."""
        walk.make_user(_KNOWN)
        walk.make_user(_UNCONFIRMED, confirmed_at=None)

        no_route_at_fault(
            [*_differences(walk, self.asks_for_mail), *_never_tried(walk, self.asks_for_mail)],
            advice="Answer the same to everybody, and tell the rest by mail. What is told of an account here:",
        )


def filled_in(fields: Fields, email: str, password: str = usual.PASSWORD) -> dict[str, str]:
    """Put an address and a password where the fields have a place for them."""
    return {name: value.replace("{email}", email).replace("{password}", password) for name, value in fields.items()}


def _there(walk: Walk, said: Mapping[str, Fields]) -> Iterator[tuple[Door, str, Fields]]:
    for path, fields in said.items():
        if door := walk.door_at(path):
            yield door, path, fields


def _never_tried(walk: Walk, said: Mapping[str, Fields]) -> Iterator[str]:
    """Name the routes that take not even what is right: they were never asked about anybody."""
    for door, path, fields in _there(walk, said):
        answer = walk.stranger().send(door, path, filled_in(fields, _KNOWN))
        if answer.status_code >= 400:
            yield f"POST {door} answers {answer.status} to what is right: is {', '.join(fields)} all that it takes?"


def _differences(walk: Walk, said: Mapping[str, Fields], *, password: str = usual.PASSWORD) -> Iterator[str]:
    for door, path, fields in _there(walk, said):
        known, waiting, unknown = (
            _Told.after(walk.stranger(), door, path, filled_in(fields, email, password))
            for email in (_KNOWN, _UNCONFIRMED, _UNKNOWN)
        )
        for who, told in (("a known address", known), ("an unconfirmed one", waiting)):
            if difference := told.differs_from(unknown):
                yield f"POST {door}: its {difference} for {who} is not as for an unknown one"


@dataclass(frozen=True, slots=True)
class _Told:
    """All that an answer tells, without what differs each time."""

    status: int
    headers: Sequence[tuple[str, str]]
    cookies: Sequence[str]
    body: str
    page_after_it: "_Told | None"

    @classmethod
    def after(cls, asker: Asker, door: Door, path: str, fields: dict[str, str]) -> "_Told":
        """Send the fields and read what comes, and the page that it leads to."""
        answer = asker.send(door, path, fields)
        location = answer.headers.get("Location")
        following = asker.ask("GET", location) if location and not door.is_api else None
        return cls._read(answer, fields, cls._read(following, fields, None) if following is not None else None)

    @classmethod
    def _read(cls, answer: "TestResponse", fields: dict[str, str], following: "_Told | None") -> "_Told":
        own = [answer.headers.get("X-Request-ID", ""), *(value for value in fields.values() if "@" in value)]

        def plain(text: str) -> str:
            for varying in filter(None, own):
                text = text.replace(varying, "…").replace(varying.replace("@", "%40"), "…")
            return _VARIES.sub("…", text)

        return cls(
            answer.status_code,
            sorted((name, plain(value)) for name, value in answer.headers if name not in _ITS_OWN),
            sorted(_COOKIE_ITS_OWN.sub("=…", cookie) for cookie in answer.headers.getlist("Set-Cookie")),
            plain(answer.text),
            following,
        )

    def differs_from(self, other: "_Told") -> str:
        """Name what differs, or nothing."""
        names = (name for name in self.__slots__ if getattr(self, name) != getattr(other, name))
        return next((name.replace("_", " ") for name in names), "")
