"""Live events: what somebody changed, others see at once, and nothing leaves before the commit. Start at room.py.

event.py      what is said: a room, a word, an id
room.py       `Live`: publishing; names.py: which rooms there are, and who may listen in them
managers/     how events come from one process to the others: memory, database, redis; choosing.py: which
table.py      the rows of the database's; numbers.py: none is read twice, none is left out; upkeep.py
door.py       the request that becomes a socket: who asks, from where, and whether there is a seat
sockets.py    the sockets of one process; engine.py: Socket.IO's server; wire.py: one of them; limits.py: what it may do
keeper.py     which of them must end; taking_over.py: how they hold no thread of gunicorn's
progress.py   steps of jobs, told to whoever asked for them
static/live.js the browser's half
flask.py, wiring.py, joining.py, ending.py
"""

from typing import TYPE_CHECKING

from carboy import front

if TYPE_CHECKING:
    from carboy.live.event import Event
    from carboy.live.flask import live, live_of
    from carboy.live.room import Live
    from carboy.live.wiring import init_app

__all__ = ["Event", "Live", "init_app", "live", "live_of"]

_ROOMS = {
    "carboy.live.event": ("Event",),
    "carboy.live.flask": ("live", "live_of"),
    "carboy.live.room": ("Live",),
    "carboy.live.wiring": ("init_app",),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)
