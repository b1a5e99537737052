"""Live events in tests: what was published, and kept.

def test_whoever_ticks_a_todo_tells_its_list(client, published):
    client.post(f"/todos/{todo.id}/tick")

    assert published.to(f"list:{todo.list_id}") == [("todo:changed", {"id": str(todo.id)})]
"""

from typing import TYPE_CHECKING, Any

from carboy.live.managers import Ears

if TYPE_CHECKING:
    from carboy.live.event import Event
    from carboy.live.room import Live


class Published:
    """The live events of the application under test, which reach nobody else."""

    def __init__(self, room: "Live") -> None:
        self.events: list[Event] = []
        room.manager.listen(Ears(self.events.append, list))

    def to(self, room: str) -> list[tuple[str, Any]]:
        """Return what was told in this room, each with what it brought: ids are words by then."""
        return [(event.name, event.data) for event in self.events if event.room == room]
