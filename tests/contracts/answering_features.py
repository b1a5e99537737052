"""Views that take and answer in every way there is."""

from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint, Response, abort
from pydantic import AfterValidator, Field

from carboy.errors import Conflict, Invalid, Violation
from carboy.web import (
    Accepted,
    Created,
    File,
    Form,
    Given,
    Header,
    IfMatch,
    Json,
    ListQuery,
    NoContent,
    Page,
    Query,
    Reply,
    Route,
    Schema,
    Upload,
    endpoint,
    public,
)


class Thing(Schema):
    name: str
    size: int = 1


SHARED = Reply(Thing(name="이름"), etag=7, headers={"X-Shared": "yes"})
MOMENT = datetime(2026, 3, 1, 10, 45, 59, tzinfo=timezone(timedelta(hours=9)))


class ThingQuery(ListQuery):
    sort: Literal["name", "-name"] = "name"
    tag: Annotated[list[str], Field(default_factory=list)]
    since: date | None = None


class SoldOut(Invalid):
    """There is none left."""

    code = "sold-out"
    title = "Sold out"
    commits = True

    @property
    def headers(self):
        return {"X-Shop": "closed"}


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("must be even")
    return number


class Even(Schema):
    number: Annotated[int, AfterValidator(_even)]


def register(app, api):  # noqa: C901 - one view for every way to answer
    things = Blueprint("things", __name__)

    @things.get("/things")
    @endpoint
    @public
    def list_things(query: Annotated[ThingQuery, Query()]) -> Page[Thing]:
        """List things.

        In pages.
        """
        seen = Thing(name=f"{query.sort} {query.limit} {query.tag} {query.since}")
        return Page([seen], next_cursor=None if query.cursor else "abc")

    @things.post("/things")
    @endpoint(raises=[Conflict])
    @public
    def create_thing(body: Thing) -> Created[Thing]:
        return Created(body, location="/api/v1/things/1", etag=3)

    @things.get("/things/<int:number>")
    @endpoint
    @public
    def get_thing(number: int) -> Reply[Thing]:
        return Reply(Thing(name=str(number)), etag=7, headers={"X-Number": str(number)})

    @things.put("/things/<int:number>")
    @endpoint
    @public
    def change_thing(number: int, body: Thing, if_match: IfMatch) -> Thing:
        if_match.require(7)
        return body

    @things.delete("/things/<int:number>")
    @endpoint
    @public
    def remove_thing(number: int) -> NoContent:
        return NoContent()

    @things.post("/things/<name>/export")
    @endpoint
    @public
    def export_thing(name: Annotated[str, Route(max_length=5)]) -> Accepted[Thing]:
        return Accepted(Thing(name=name), location="/api/v1/jobs/1")

    @things.get("/by-uuid/<thing>")
    @endpoint
    @public
    def by_uuid(thing: UUID) -> dict[str, str]:
        return {"hex": thing.hex}

    @things.get("/divide")
    @endpoint
    @public
    def divide(a: Annotated[float, Query()], b: Annotated[float, Query(not_equal=0)] = 2) -> dict[str, float]:
        return {"result": a / b}

    @things.get("/traced")
    @endpoint
    @public
    def traced(x_trace: Annotated[str | None, Header(max_length=8)] = None) -> dict[str, str | None]:
        return {"trace": x_trace}

    @things.get("/tags/<tag>/things")
    @endpoint
    @public
    def list_tagged(tag: str) -> Page[Thing]:
        return Page([Thing(name=tag)], next_cursor="abc")

    @things.get("/nothing")
    @endpoint
    @public
    def nothing_after_all() -> Reply[Thing]:
        return NoContent()

    @things.post("/sold")
    @endpoint(raises=[SoldOut])
    @public
    def sold() -> NoContent:
        raise SoldOut("Gone.", {"a/b": ["Sold."]}, violations=[Violation("header", "X-Shop", "rule", "Closed.")])

    @things.post("/many")
    @endpoint
    @public
    def many(body: list[int]) -> dict[str, int]:
        return {"sum": sum(body)}

    @things.get("/given")
    @endpoint
    @public
    def given(answer: Annotated[int, Given(lambda: 42)]) -> dict[str, int]:
        return {"answer": answer}

    @things.post("/even")
    @endpoint
    @public
    def even(body: Even) -> Even:
        return body

    @things.post("/pictures")
    @endpoint
    @public
    def upload(
        picture: Annotated[Upload, File(types=("image/png", "text/plain"), max_bytes=2000)],
        title: Annotated[str, Form(min_length=2)],
    ) -> dict[str, Any]:
        return {"name": picture.filename, "bytes": len(picture.stream.read()), "title": title}

    @things.get("/invalid")
    @endpoint
    @public
    def invalid(limit: Annotated[int, Query()] = 1) -> None:
        raise Invalid("No.", {"limit": ["Too many."], "elsewhere": ["Wrong."]})

    @things.get("/raw")
    @endpoint
    @public
    def raw() -> Response:
        return Response("raw", mimetype="text/plain")

    @things.get("/lie")
    @endpoint
    @public
    def lie() -> Thing:
        return {"size": 1}

    @things.get("/file-lie")
    @endpoint
    @public
    def file_lie() -> Annotated[dict[str, Any], Json("things/thing")]:
        return {"name": 3}

    @things.post("/wrong-status")
    @endpoint
    @public
    def wrong_status() -> Created[Thing]:
        return Thing(name="x")

    @things.get("/undeclared")
    @endpoint
    @public
    def undeclared() -> Thing:
        abort(418)

    @things.get("/shared")
    @endpoint
    @public
    def shared() -> Reply[Thing]:
        return SHARED

    @things.get("/moment")
    @endpoint
    @public
    def moment(naive: Annotated[bool, Query()]) -> datetime:
        return MOMENT.replace(tzinfo=None) if naive else MOMENT

    @things.get("/plain")
    @public
    def plain():
        return {"plain": True}

    @things.post("/plain")
    @public
    def plain_post():
        return {"plain": True}

    @things.get("/number")
    @endpoint
    @public
    def number(n: Annotated[int, Query()], x: Annotated[float, Query()] = 0) -> dict[str, float]:
        return {"n": n, "x": x}

    @things.post("/annotated")
    @endpoint
    @public
    def annotated(body: Annotated[list[int], Field(max_length=2)]) -> list[int]:
        return body

    api.register_blueprint(things)
