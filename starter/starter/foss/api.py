"""The catalogue over HTTP. Whoever likes may read it; to write, one must be known.

What a body may hold stands in specifications/schemas/foss, a file for each kind of body.
"""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from carboy.data import Page
from carboy.data.flask import db
from carboy.web import Created, IfMatch, Json, ListQuery, NoContent, Query, Reply, endpoint, public
from flask import Blueprint, url_for
from pydantic import Field

from starter.foss import domain
from starter.foss.backend import FossBackend

if TYPE_CHECKING:
    from starter.foss.models import Foss

foss = Blueprint("foss", __name__)

Document = dict[str, Any]


class FossQuery(ListQuery):
    """Which projects, in which order."""

    sort: Annotated[domain.Sort, Field(description="By name, or the newest first.")] = "name"
    licence: Annotated[domain.Licence | None, Field(description="Only those under this licence.")] = None
    q: Annotated[str | None, Field(min_length=1, max_length=120, description="A part of their name.")] = None


@foss.get("/foss")
@endpoint
@public
def list_foss(query: Annotated[FossQuery, Query()]) -> Annotated[Page[Document], Json("foss/foss_page")]:
    """List projects."""
    filters = domain.Filters(licence=query.licence, text=query.q)
    page = domain.search(_backend(), filters, sort=query.sort, window=query.window)
    return Page([_shown(one) for one in page.items], page.next_cursor)


@foss.post("/foss")
@endpoint
def create_foss(body: Annotated[Document, Json("foss/create_foss")]) -> Annotated[Created[Document], Json("foss/foss")]:
    """Put a project into the catalogue."""
    made = domain.create(_backend(), body)
    return Created(_shown(made), location=url_for(".get_foss", foss_id=made.id), etag=made.version)


@foss.get("/foss/<uuid:foss_id>")
@endpoint
@public
def get_foss(foss_id: UUID) -> Annotated[Reply[Document], Json("foss/foss")]:
    """Show a project."""
    return _reply(domain.get(_backend(), foss_id))


@foss.put("/foss/<uuid:foss_id>")
@endpoint
def replace_foss(
    foss_id: UUID, body: Annotated[Document, Json("foss/replace_foss")], if_match: IfMatch
) -> Annotated[Reply[Document], Json("foss/foss")]:
    """Say everything about a project anew; what is left out is taken away."""
    seen = _seen(foss_id, if_match)
    return _reply(domain.replace_details(_backend(), seen, body))


@foss.patch("/foss/<uuid:foss_id>")
@endpoint
def change_foss(
    foss_id: UUID, body: Annotated[Document, Json("foss/change_foss")], if_match: IfMatch
) -> Annotated[Reply[Document], Json("foss/foss")]:
    """Change what is given about a project; null takes away what was said."""
    seen = _seen(foss_id, if_match)
    return _reply(domain.change_details(_backend(), seen, body))


@foss.delete("/foss/<uuid:foss_id>")
@endpoint
def remove_foss(foss_id: UUID, if_match: IfMatch) -> NoContent:
    """Take a project out of the catalogue."""
    domain.remove(_backend(), _seen(foss_id, if_match))
    return NoContent()


def _backend() -> FossBackend:
    return FossBackend(db())


def _seen(foss_id: UUID, if_match: IfMatch) -> "Foss":
    """Return the project that is to be changed, if it is still what the caller has seen of it."""
    foss = domain.get(_backend(), foss_id)
    if_match.require(foss.version)
    return foss


def _reply(foss: "Foss") -> Reply[Document]:
    return Reply(_shown(foss), etag=foss.version)


def _shown(foss: "Foss") -> Document:
    return {
        "id": foss.id,
        **foss.details.said(),
        "version": foss.version,
        "created_at": foss.created_at,
        "updated_at": foss.updated_at,
    }
