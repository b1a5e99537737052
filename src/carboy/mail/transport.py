"""Where letters go, and what came of it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from carboy.errors import CarboyError
from carboy.mail.letter import Letter

log = logging.getLogger("carboy.mail")

WHAT_TO_DO = (
    "Nobody has said where mails go, and so they wait."
    " Set MAIL_URL, such as smtp://user:password@mail.example.org:587, and they are sent within the hour."
)


class NotYet(CarboyError):
    """There is no way for letters yet. It is no failure of this one, which waits until there is."""


class NotTaken(CarboyError):
    """The mail server cannot be reached, or takes nothing for now. Trying again later may help."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who does not have the letter, and why, by address; everybody else has it now."""

    put_off: Mapping[str, str] = field(default_factory=dict)  # asked to come again
    refused: Mapping[str, str] = field(default_factory=dict)  # and it would be no use to


class Transport(Protocol):
    """Takes a letter to its recipients."""

    def deliver(self, letter: Letter) -> Receipt:
        """Hand over the letter. Where it raises, nobody has it, as far as can be known."""


class Nowhere:
    """Takes nothing: nobody has said where mails go. They wait, and each process says so once."""

    def __init__(self) -> None:
        self._told = False

    def deliver(self, letter: Letter) -> Receipt:  # noqa: ARG002  (it stays where it is)
        """Say what to do."""
        if not self._told:
            self._told = True
            log.warning(WHAT_TO_DO)
        raise NotYet(WHAT_TO_DO)
