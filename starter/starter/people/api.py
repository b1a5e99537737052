"""People over HTTP, for those who know them: JSON, and nothing else."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from carboy.accounts.table import ADMIN
from carboy.data import Page
from carboy.data.flask import db, own_transactions
from carboy.files import PICTURES, files, sent
from carboy.web import Bytes, CurrentUser, File, Identity, NoContent, Query, Upload, endpoint
from flask import Blueprint, current_app, url_for

from starter.people import domain
from starter.people.backend import PeopleBackend
from starter.people.circles import circles_of
from starter.people.schemas import PeopleQuery, PersonOut

if TYPE_CHECKING:
    from starter.accounts.domain import User

people = Blueprint("people", __name__)

Picture = Annotated[Upload, File(types=PICTURES, max_bytes=domain.MOST_BYTES)]


@people.get("/people")
@endpoint
def list_people(query: Annotated[PeopleQuery, Query()], me: CurrentUser) -> Page[PersonOut]:
    """List yourself, and those with whom you share something."""
    page = domain.search(_people(), me, query.q, query.window)
    return Page([_shown(user) for user in page.items], page.next_cursor)


@people.get("/people/<uuid:user_id>/picture")
@endpoint
def get_picture(user_id: UUID, me: CurrentUser, who: Identity) -> Bytes:
    """Fetch the picture of somebody whom you know."""
    return sent(domain.picture_of(_people(), files(), me, user_id, knows_all=ADMIN in who.roles), inline=True)


@people.put("/people/me/picture")
@endpoint
@own_transactions
def set_picture(file: Picture, me: CurrentUser) -> PersonOut:
    """Have the middle of this picture for yours. It is made anew, without what cameras write into it."""
    return _shown(domain.take_picture(me, file, people=_people(), files=files(), database=db()))


@people.delete("/people/me/picture")
@endpoint
def drop_picture(me: CurrentUser) -> NoContent:
    """Have no picture."""
    domain.drop_picture(_people(), files(), me)
    return NoContent()


def _people() -> PeopleBackend:
    return PeopleBackend(db(), circles_of(current_app))


def _shown(user: "User") -> PersonOut:
    return PersonOut.of(user, picture_url=url_for(".get_picture", user_id=user.id) if user.picture_id else None)
