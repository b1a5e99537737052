"""Who gets in: strangers where it is written, others where they have the role."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from carboy.testing.security.known import Known
from carboy.testing.security.routes import Door
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


class DoorLaws(Known):
    """Laws about doors."""

    def test_strangers_may_reach_what_is_written_and_nothing_else(self, walk: Walk) -> None:
        """The list of open doors is compared both ways."""
        found, written = {door.endpoint for door in walk.doors() if door.is_open}, set(self.open_doors)

        no_route_at_fault(
            [
                *(f"{name} is open and not written down" for name in sorted(found - written)),
                *(f"{name} is written down and not open" for name in sorted(written - found)),
            ],
            advice="open_doors must name what strangers may reach. Take @public from the view, or mend the list:",
        )

    def test_every_other_door_refuses_strangers(self, walk: Walk) -> None:
        """By every method, whatever id is asked for."""
        closed = [door for door in walk.doors() if not door.is_open]

        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status}"
                for door in closed
                for method, answer in _asked(walk, door)
                if not self._is_sent_away(answer)
            ),
            advice=f"Strangers are answered 401, or sent to {self.log_in_page}. Something answers before the door:",
        )

    def test_who_lacks_the_role_is_refused(self, walk: Walk) -> None:
        """A door for roles is closed to those who have another, whatever id they ask for."""
        nobody_special = walk.user()
        guarded = [door for door in walk.doors() if door.roles and nobody_special.role not in door.roles]

        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status} to the role {nobody_special.role}"
                for door in guarded
                for method in door.methods
                for answer in [walk.somebody(door, user=nobody_special).ask(method, door.path())]
                if answer.status_code not in (403, 404)
            ),
            advice="@requires_role lets in only those whom it names. Something answers before the door:",
        )

    def _is_sent_away(self, answer: "TestResponse") -> bool:
        to = urlsplit(answer.headers.get("Location", ""))
        to_log_in = answer.status_code == 303 and (to.netloc, to.path) == ("", self.log_in_page)
        return answer.status_code == 401 or to_log_in


def _asked(walk: Walk, door: Door) -> Iterator[tuple[str, "TestResponse"]]:
    for method in door.methods:
        yield method, walk.stranger().ask(method, door.path())
