"""Which rooms there are, and who may listen in them. A room that nobody has opened is closed.

"todos:mine"      a name; the function says which room is meant: f"todos:{who.user_id}"
"list:<list_id>"  many names; the function is given what stands there, and says True to let them in
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from carboy.errors import SetupError

if TYPE_CHECKING:
    from carboy.web.identity import Identity

MayListen = Callable[..., "str | bool | None"]

_PATTERN = re.compile(r"[\w.-]+(:([\w.-]+|<[a-z_]+>))*")
_PART = re.compile(r"<([a-z_]+)>")


class Names:
    """The rooms of one application, by the names that they are asked for by."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[re.Pattern[str], MayListen]] = {}

    def open(self, name: str, may_listen: MayListen) -> None:
        """Let in whom this function lets in: it is given the identity that asks, and each `<part>` of the name."""
        if not _PATTERN.fullmatch(name):
            raise SetupError(f"{name!r} names no room. Write words with colons between them: list:<list_id>.")
        if name in self._rooms:
            raise SetupError(f"The room {name} has been opened already. Open each room once.")
        self._rooms[name] = (re.compile(_PART.sub(r"(?P<\1>[^:]+)", name.replace(".", r"\."))), may_listen)

    def room_for(self, who: "Identity", asked: str) -> str | None:
        """Return the room that is meant, or None if they may not listen there, or there is none."""
        for pattern, may_listen in self._rooms.values():
            if match := pattern.fullmatch(asked):
                answer = may_listen(who, **match.groupdict())
                return asked if answer is True else answer or None
        return None
