"""What is said: in which room, which word, about which id. Whoever hears it asks again for what they may see."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from carboy import context
from carboy.errors import SetupError

LONGEST_ROOM, LONGEST_NAME, LONGEST_DATA = 255, 64, 2048
LONGEST_MESSAGE = LONGEST_ROOM * 6 + LONGEST_NAME * 6 + LONGEST_DATA + 64  # é is \u00e9

OURS = "live:"
RESYNC = "live:resync"  # something may have been missed: ask for everything again
END = "live:end"  # between our processes: close the sockets of this sign-in


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as those who listen in a room hear it."""

    room: str
    name: str
    data: Any = None
    request_id: str | None = field(default=None, compare=False)  # in which it happened: for our logs, not for browsers

    @classmethod
    def of(cls, room: str, name: str, data: Any = None) -> "Event":
        """Make one as it will arrive, or raise: ids are words by then, and content does not belong in it."""
        event = cls.read(cls(room, name, data, context.request_id()).written())
        if not 1 <= len(room) <= LONGEST_ROOM or not 1 <= len(name) <= LONGEST_NAME:
            raise SetupError(
                f"The event {name!r} for {room!r} cannot be sent. Give the room a name of 1 to {LONGEST_ROOM}"
                f" characters, and the event one of 1 to {LONGEST_NAME}."
            )
        if len(json.dumps(event.data)) > LONGEST_DATA:
            raise SetupError(
                f"The event {name} brings more than {LONGEST_DATA} bytes. Send the id alone: whoever hears of it asks"
                " for the rest, and is shown what they may see."
            )
        return event

    def written(self) -> str:
        """Return it as text, for other processes."""
        said = [self.room, self.name, self.data]
        text = json.dumps([*said, self.request_id], default=_id_as_text, separators=(",", ":"))
        if len(text) > LONGEST_MESSAGE:  # what happened matters more than to whom it is traced
            text = json.dumps([*said, None], default=_id_as_text, separators=(",", ":"))
        return text

    @classmethod
    def read(cls, text: str) -> "Event":
        """Return what another process wrote."""
        return cls(*json.loads(text))


def _id_as_text(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise SetupError(f"An event cannot bring {value!r}: send ids, words and numbers.")
