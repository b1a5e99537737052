"""What belongs to somebody else is not there, for anybody but its owner."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from carboy.testing.security.asking import Asker
from carboy.testing.security.known import Known, made
from carboy.testing.security.routes import Door
from carboy.testing.security.things import Thing
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from carboy.accounts.finding import User


class ForeignLaws(Known):
    """Laws about things with an id."""

    def test_of_everything_with_an_id_it_is_said_whose_it_is(self, walk: Walk) -> None:
        """A new route with an id is asked about before somebody reads what is not theirs."""
        no_route_at_fault(
            (f"{door}" for door in walk.doors() if door.rule.arguments and not self._is_explained(door)),
            advice="Say in `belongs` how to make one that belongs to `owner`, in `shared` that it is nobody's or"
            " everybody's, in `mailed_links` that a mail leads there, or put @requires_role on the view:",
        )

    def test_what_belongs_to_somebody_else_is_not_there(self, walk: Walk) -> None:
        """404, as for what has never been: nobody learns that it exists."""
        somebody_else = walk.make_user("somebody-else@example.org")

        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status}{_hint(answer)}"
                for door, thing in self._things(walk)
                for method in door.methods
                for answer in [_asked(walk.somebody(door, user=somebody_else), door, method, thing)]
                if answer.status_code != 404
            ),
            advice="Look for it among what belongs to whoever asks, and raise NotFound. This answered another user:",
        )

    def test_what_belongs_to_somebody_is_there_for_them(self, walk: Walk, owner: "User") -> None:
        """Else the law before this one would hold for what is not there at all."""
        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status}"
                for door, thing in self._things(walk)
                for method in door.methods[:1]
                for answer in [_asked(walk.somebody(door, user=owner), door, method, thing)]
                if answer.status_code in (401, 403, 404) or answer.status_code >= 500
            ),
            advice="The function in `belongs` must make what its owner can see. Its owner was refused:",
        )

    def _things(self, walk: Walk) -> Iterator[tuple[Door, Thing]]:
        for door in walk.doors():
            if door.rule.arguments and (maker := self.maker_of_thing(door)):
                yield door, _thing(made(maker, walk), door)

    def _is_explained(self, door: Door) -> bool:
        said = self.maker_of_thing(door) or self.maker_of_link(door)
        return bool(said or door.roles or self.is_shared(door))


def _thing(made: Any, door: Door) -> Thing:
    """Take what a maker gives: a Thing, the values of all variable parts, or the value of the only one."""
    if isinstance(made, Thing):
        return made
    return Thing(made if isinstance(made, Mapping) else dict.fromkeys(door.rule.arguments, made))


def _asked(asker: Asker, door: Door, method: str, thing: Thing) -> "TestResponse":
    if door.is_api and thing.form:
        return asker.ask(method, door.path(thing.parts), data=dict(thing.form), content_type="multipart/form-data")
    if door.is_api:
        return asker.ask(method, door.path(thing.parts), json=thing.json)
    form = {**thing.form, **asker.form_token()} if method in door.unsafe_methods else None
    return asker.ask(method, door.path(thing.parts), data=form)


def _hint(answer: "TestResponse") -> str:
    judged_first = answer.status_code in (400, 415, 422, 428)
    return " before it looks whose it is; give what it takes: Thing(parts, json=…)" if judged_first else ""
