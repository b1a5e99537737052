"""What only the project knows, and says as attributes of its test class; and the walk that every law begins with."""

import inspect
import logging
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from carboy.testing.security import usual
from carboy.testing.security.routes import Door
from carboy.testing.security.things import Fields, Maker
from carboy.testing.security.walking import Walk

if TYPE_CHECKING:
    from flask import Flask

    from carboy.accounts.finding import User


class Known:
    """What a project says of itself. Makers are functions whose arguments are fixtures; `owner` is whose it shall be.

    def todo_of(owner, db): …  return todo.id
    """

    open_doors: ClassVar[Collection[str]] = ()  # endpoints that anybody may reach
    foreign_posts: ClassVar[Collection[str]] = ()  # endpoints that other sites may call: webhooks
    belongs: ClassVar[Mapping[str, Maker]] = {}  # endpoint with an id: makes one that belongs to `owner`
    shared: ClassVar[Collection[str]] = ()  # endpoints with an id of what belongs to nobody or to all
    mailed_links: ClassVar[Mapping[str, Maker]] = {}  # endpoint of a page that a mail leads to: makes a Link
    log_in_page: ClassVar[str] = "/login"  # where strangers are sent from a closed page
    log_ins: ClassVar[Mapping[str, Fields]] = usual.LOG_INS  # path: what signs somebody in there
    proofs: ClassVar[Mapping[str, Fields]] = usual.PROOFS  # path: what proves there that somebody is who they are
    asks_for_mail: ClassVar[Mapping[str, Fields]] = usual.ASKS_FOR_MAIL  # path: what has a mail sent to an address

    def make_user(self, users: Any, email: str, **values: Any) -> "User":
        """Make a user. A project whose users need more than an address makes them here."""
        made: User = users.make(email, **values)
        return made

    @pytest.fixture
    def walk(self, app: "Flask", request: pytest.FixtureRequest) -> Iterator[Walk]:
        """The application under these laws. Its log is silent: of thousands of requests, a law tells which failed."""
        logging.disable()
        yield Walk(app, request, self.make_user)
        logging.disable(logging.NOTSET)

    @pytest.fixture
    def owner(self, walk: Walk) -> "User":
        """Whose the things are that somebody else asks for."""
        return walk.make_user("owner@example.org")

    def maker_of_thing(self, door: Door) -> Maker | None:
        """Return how to make what this route shows, if that belongs to somebody."""
        return _said(door, self.belongs) or _said(door, usual.BELONGS)

    def maker_of_link(self, door: Door) -> Maker | None:
        """Return how to make a link that leads to this page, if a mail does."""
        return _said(door, self.mailed_links) or _said(door, usual.MAILED_LINKS)

    def is_shared(self, door: Door) -> bool:
        """Whether what this route shows belongs to nobody or to all."""
        return door.endpoint in self.shared or usual.is_shared(door.endpoint)


def made(maker: Maker, walk: Walk) -> Any:
    """Have something made, with the fixtures that its maker asks for."""
    return maker(**{name: walk.fixture(name) for name in inspect.signature(maker).parameters})


def _said(door: Door, said: Mapping[str, Maker]) -> Maker | None:
    """Find what is said of an endpoint, by its whole name or without the name of its API."""
    return said.get(door.endpoint) or (said.get(door.endpoint.partition(".")[2]) if door.is_api else None)
