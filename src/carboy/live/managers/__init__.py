"""How events come from the process where something happened to those that have sockets open.

memory    one process
database  all that share the database; nothing more to run
redis     the same, quicker, and without a row for each event

Each is sent to every process once, and in the order of its room. Where some may have been missed, whoever listens is
told to ask for everything again. No manager starts a thread or opens a connection until it is first used.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from carboy.live.event import Event


@dataclass(frozen=True)
class Ears:
    """Who listens in this process."""

    hear: "Callable[[Event], object]"
    gap: "Callable[[], object]"  # some may have been missed


class Manager(Protocol):
    """How events come from one process to the others."""

    def send(self, event: "Event") -> None:
        """Pass this on, once the transaction that is open here is kept."""

    def listen(self, ears: Ears) -> "Callable[[], None]":
        """Tell these of every event from now on, in a thread of its own; what is returned ends that."""
