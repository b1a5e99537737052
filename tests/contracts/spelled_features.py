"""One contract in every spelling: the same document must be answered alike by all of them."""

import json
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from flask import Blueprint
from marshmallow import Schema as MarshmallowSchema
from marshmallow import fields, validate
from pydantic import MISSING, Field
from typing_extensions import TypedDict

from carboy.web import Json, Schema, endpoint, public

Title = Annotated[str, Field(min_length=1, max_length=20, pattern="^[^<>]*$")]
Priority = Annotated[int, Field(ge=1, le=5)]
Weight = Annotated[float, Field(gt=0, lt=1000)]


class Tag(Schema):
    name: Annotated[str, Field(max_length=5)]


class Model(Schema):
    title: Title
    priority: Priority
    weight: Weight | MISSING = MISSING
    due: date | MISSING | None = MISSING
    owner: UUID | MISSING = MISSING
    state: Literal["open", "done"] | MISSING = MISSING
    done: bool | MISSING = MISSING
    tags: Annotated[list[Tag], Field(max_length=3)] | MISSING = MISSING


@dataclass
class DataTag:
    name: Annotated[str, Field(max_length=5)]


@dataclass
class Data:
    title: Title
    priority: Priority
    weight: Weight | MISSING = MISSING
    due: date | MISSING | None = MISSING
    owner: UUID | MISSING = MISSING
    state: Literal["open", "done"] | MISSING = MISSING
    done: bool | MISSING = MISSING
    tags: Annotated[list[DataTag], Field(max_length=3)] = field(default_factory=list)


class DictTag(TypedDict):
    name: Annotated[str, Field(max_length=5)]


class Dict(TypedDict):
    title: Title
    priority: Priority
    weight: NotRequired[Weight]
    due: NotRequired[date | None]
    owner: NotRequired[UUID]
    state: NotRequired[Literal["open", "done"]]
    done: NotRequired[bool]
    tags: NotRequired[Annotated[list[DictTag], Field(max_length=3)]]


class State(Enum):
    OPEN = "open"
    DONE = "done"


class MallowTag(MarshmallowSchema):
    name = fields.String(required=True, validate=validate.Length(max=5))


class Mallow(MarshmallowSchema):
    title = fields.String(required=True, validate=[validate.Length(1, 20), validate.Regexp("[^<>]*$")])
    priority = fields.Integer(required=True, validate=validate.Range(1, 5))
    weight = fields.Float(validate=validate.Range(0, 1000, min_inclusive=False, max_inclusive=False))
    due = fields.Date(allow_none=True)
    owner = fields.UUID()
    state = fields.String(validate=validate.OneOf(["open", "done"]))
    done = fields.Boolean()
    tags = fields.List(fields.Nested(MallowTag), validate=validate.Length(max=3))


FILE = {
    "type": "object",
    "required": ["title", "priority"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[^<>]*$"},
        "priority": {"type": "integer", "minimum": 1, "maximum": 5},
        "weight": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1000},
        "due": {"type": ["string", "null"], "format": "date"},
        "owner": {"type": "string", "format": "uuid"},
        "state": {"enum": ["open", "done"], "type": "string"},
        "done": {"type": "boolean"},
        "tags": {"type": "array", "maxItems": 3, "items": {"$ref": "tag.json"}},
    },
}
TAG = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string", "maxLength": 5}},
}


def write_files(project):
    folder = project / "specifications" / "schemas" / "todos"
    folder.mkdir(parents=True)
    (folder / "create_todo.json").write_text(json.dumps(FILE))
    (folder / "tag.json").write_text(json.dumps(TAG))


SPELLINGS = ("model", "dataclass", "typed-dict", "file", "file-and-type", "marshmallow")


def register(app, api):
    todos = Blueprint("todos", __name__)

    @todos.post("/model")
    @endpoint
    @public
    def model(body: Model) -> dict[str, Any]:
        return {"received": type(body).__name__, "given": sorted(body.given())}

    @todos.post("/dataclass")
    @endpoint
    @public
    def dataclass(body: Data) -> dict[str, Any]:
        return {"received": type(body).__name__}

    @todos.post("/typed-dict")
    @endpoint
    @public
    def typed_dict(body: Dict) -> dict[str, Any]:
        return {"received": type(body).__name__}

    @todos.post("/file")
    @endpoint
    @public
    def file(body: Annotated[dict[str, Any], Json("todos/create_todo")]) -> dict[str, Any]:
        return {"received": type(body).__name__}

    @todos.post("/file-and-type")
    @endpoint
    @public
    def file_and_type(body: Annotated[Data, Json("todos/create_todo")]) -> dict[str, Any]:
        return {"received": type(body).__name__}

    @todos.post("/marshmallow")
    @endpoint
    @public
    def marshmallow(body: Annotated[dict[str, Any], Json(Mallow)]) -> dict[str, Any]:
        return {"received": type(body).__name__}

    api.register_blueprint(todos)
