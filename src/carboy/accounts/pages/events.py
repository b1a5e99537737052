"""What happened to accounts, for administrators."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, render_template
from pydantic import Field

from carboy.accounts import auditing, finding
from carboy.accounts.events import EVENTS
from carboy.accounts.flask import accounts
from carboy.accounts.table import ADMIN, LONGEST_IP
from carboy.web.contracts.schemas import ListQuery
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.places import Query
from carboy.web.identity import requires_role


class EventQuery(ListQuery):
    """Which events."""

    event: Annotated[str | None, Field(max_length=40)] = None
    user: UUID | None = None
    ip: Annotated[str | None, Field(max_length=LONGEST_IP)] = None


def add(pages: Blueprint) -> None:
    """Put the page of events on the application."""
    pages.get("/events")(list_events)


@endpoint
@requires_role(ADMIN)
def list_events(query: Annotated[EventQuery, Query()]) -> str:
    """List what happened, the newest first."""
    room = accounts()
    page = auditing.events(room, auditing.Wanted(event=query.event, user_id=query.user, ip=query.ip), query.window)
    return render_template(
        "administration/events.html",
        page=page,
        query=query,
        words=EVENTS,
        about=finding.by_id(room, query.user) if query.user else None,
        people=auditing.people_behind(room, page.items),
    )
