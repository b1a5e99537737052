"""Mails in tests: none is ever sent; each that would have been is here, once its job is done.

def test_whoever_is_invited_is_told(client, jobs, outbox):
    client.post("/invitations", data={"email": "ada@example.com"})

    jobs.drain()

    assert outbox.to("ada@example.com").subject == "Join Analytical Engines"
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from carboy.errors import SetupError
from carboy.mail.shown import Memory

if TYPE_CHECKING:
    from carboy.mail.letter import Letter
    from carboy.mail.message import Message
    from carboy.mail.room import Mail


@dataclass(frozen=True)
class Outbox(Sequence["Message"]):
    """The messages that were sent, in their order."""

    letters: "Sequence[Letter]"

    @overload
    def __getitem__(self, index: int) -> "Message": ...
    @overload
    def __getitem__(self, index: slice) -> "list[Message]": ...
    def __getitem__(self, index: int | slice) -> "Message | list[Message]":
        """Return one of them, or some."""
        return list(self)[index]

    def __len__(self) -> int:
        return len(self.letters)

    def __iter__(self) -> "Iterator[Message]":
        return (letter.message for letter in self.letters)

    def to(self, address: str) -> "Message":
        """Return the last one that this address got, as bcc or otherwise."""
        for letter in reversed(self.letters):
            if address.lower() in (one.lower() for one in letter.recipients):
                return letter.message
        raise AssertionError(f"{address} got no mail. {self._told()}")

    def _told(self) -> str:
        if not self.letters:
            return "Nobody did; jobs.drain() sends what was asked for."
        got = (f"{', '.join(letter.recipients)}: {letter.message.subject!r}" for letter in self.letters)
        return "\n  ".join(("There are:", *got))


def outbox_of(mail: "Mail") -> Outbox:
    """Return what this application has sent."""
    if not isinstance(mail.transport, Memory):
        raise SetupError(
            "The application under test is not in testing mode: it would send mails. Set FLASK_ENV=testing."
        )
    return Outbox(mail.transport.letters)
