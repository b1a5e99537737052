"""People for eyes: HTML, and nothing else. Every page works without a script."""

from typing import Annotated
from uuid import UUID

from carboy.accounts.table import ADMIN
from carboy.data.flask import db, own_transactions
from carboy.files import PICTURES, files, sent
from carboy.web import CurrentUser, File, Identity, Query, Upload, endpoint, identity
from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from starter.people import domain
from starter.people.backend import PeopleBackend
from starter.people.circles import circles_of
from starter.people.schemas import PeopleQuery

pages = Blueprint("people", __name__, url_prefix="/people")

Picture = Annotated[Upload, File(types=PICTURES, max_bytes=domain.MOST_BYTES)]


@pages.get("")
@endpoint
def list_people(query: Annotated[PeopleQuery, Query()], me: CurrentUser) -> str:
    """List yourself, and those with whom you share something."""
    page = domain.search(_people(), me, query.q, query.window)
    return render_template("people/list.html", page=page, query=query, me_id=me)


@pages.get("/<uuid:user_id>/picture")
@endpoint
def show_picture(user_id: UUID, me: CurrentUser, who: Identity) -> Response:
    """Send the picture of somebody whom you know."""
    return sent(domain.picture_of(_people(), files(), me, user_id, knows_all=ADMIN in who.roles), inline=True)


@pages.get("/me/picture")
def show_my_picture() -> str:
    """Show your picture, and the form for another."""
    return render_template("people/picture.html", user=domain.get(_people(), identity.user_id()))


@pages.post("/me/picture")
@endpoint(again=show_my_picture)
@own_transactions
def set_picture(file: Picture, me: CurrentUser) -> Response:
    """Have the middle of this picture for yours."""
    domain.take_picture(me, file, people=_people(), files=files(), database=db())
    flash("This is your picture now.", "success")
    return redirect(url_for("people.show_my_picture"), 303)


@pages.post("/me/picture/delete")
@endpoint
def drop_picture(me: CurrentUser) -> Response:
    """Have no picture."""
    domain.drop_picture(_people(), files(), me)
    flash("You have no picture any more.", "success")
    return redirect(url_for("people.show_my_picture"), 303)


def _people() -> PeopleBackend:
    return PeopleBackend(db(), circles_of(current_app))
