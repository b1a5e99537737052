"""The rules of people: whom one sees, and what of them.

One sees oneself and those with whom one shares something. Everybody else is not there. What is seen of somebody is
their user name, their name and their picture. Carboy's docs, why/people.md, say why.
"""

from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from carboy.data import Page, Window
from carboy.errors import Conflict, NotFound

from starter.accounts.domain import User
from starter.people.circles import acquaint

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.files import Files, Kept
    from carboy.files.incoming import Upload

__all__ = ["MOST_BYTES", "SIDE", "People", "acquaint", "drop_picture", "get", "picture_of", "search", "take_picture"]

MOST_BYTES = 5_000_000
SIDE = 256  # of a picture, in pixels: sharp enough where it is shown largest
GONE = "Your account is not there any more."


class People(Protocol):
    """Where people are kept."""

    def page(self, me: UUID, text: str | None, window: Window) -> Page[User]:
        """Return a page of those whom this user knows, and of themselves."""

    def known_to(self, me: UUID, user_id: UUID) -> User | None:
        """Return a user, if this user knows them, or is them."""

    def user(self, user_id: UUID, *, held: bool = False) -> User | None:
        """Return a user. One who is held nobody else changes until the commit."""

    def store(self, user: User) -> None:
        """Keep what was changed of a user."""


def search(people: People, me: UUID, text: str | None, window: Window) -> Page[User]:
    """Return a page of those whom this user knows, and of themselves."""
    return people.page(me, text, window)


def get(people: People, me: UUID, *, held: bool = False) -> User:
    """Return the user who asks."""
    user = people.user(me, held=held)
    if user is None:
        raise Conflict(GONE)
    return user


def picture_of(people: People, files: "Files", me: UUID, user_id: UUID, *, knows_all: bool = False) -> "Kept":
    """Return the picture of somebody. Strangers have none, to whoever does not know all."""
    user = people.user(user_id) if knows_all else people.known_to(me, user_id)
    kept = files.find(user.picture_id) if user and user.picture_id else None
    if kept is None:
        raise NotFound("There is no such picture.")
    return kept


def take_picture(me: UUID, upload: "Upload", *, people: People, files: "Files", database: "Database") -> User:
    """Make the middle of what was sent the picture of whoever sent it.

    To draw it anew takes a while, so it is done before the transaction, in which others would wait for it.
    """
    brought = files.bring(files.squared(upload, SIDE))
    with database.transaction():
        user = people.user(me, held=True)
        _forget_picture(files, user)  # first: whoever may keep no more may still have another instead
        kept = files.keep(brought, owner=f"user:{me}")  # so it goes when they go
        if user is None:
            raise Conflict(GONE)  # only now: the transaction takes along what it kept
        user.picture_id = kept.id
        people.store(user)
        return user


def drop_picture(people: People, files: "Files", me: UUID) -> None:
    """Have no picture, whether there was one or not."""
    user = get(people, me, held=True)
    _forget_picture(files, user)
    user.picture_id = None
    people.store(user)


def _forget_picture(files: "Files", user: User | None) -> None:
    if user is not None and user.picture_id is not None:
        files.drop(user.picture_id)
