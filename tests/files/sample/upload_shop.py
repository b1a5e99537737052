"""An application that takes files: `gunicorn "upload_shop:create_app()"`. Where it keeps them says the environment."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, Response

from carboy import files
from carboy.app import create_app as build
from carboy.data.flask import data_of
from carboy.errors import Conflict, NotFound
from carboy.files.flask import files as room
from carboy.files.flask import files_of
from carboy.files.table import FILE_CHUNKS, FILE_OWNERS, FILES
from carboy.jobs.table import JOBS
from carboy.web import File, Upload, endpoint
from carboy.web.identity import public

ADA = "user:ada"
MOST = 300 * 1024 * 1024

things = Blueprint("things", __name__)


@things.post("/things")
@public
@endpoint
def add_thing(
    thing: Annotated[Upload, File(types=("application/pdf", "application/zip"), max_bytes=MOST)],
) -> dict[str, str]:
    """Keep a file."""
    return {"id": str(room().keep(thing, owner=ADA).id)}


@things.post("/refused-things")
@public
@endpoint
def refuse_thing(thing: Annotated[Upload, File(types=("application/pdf",), max_bytes=MOST)]) -> dict[str, str]:
    """Keep a file, and find that it must not be."""
    room().keep(thing, owner=ADA)
    raise Conflict("There is one already.")


@things.post("/pictures")
@public
@endpoint
def add_picture(photo: Annotated[Upload, File(types=files.PICTURES, max_bytes=200_000)]) -> dict[str, str]:
    """Keep a picture, made anew."""
    kept = room().keep(room().cleaned(photo, field="photo"), owner=ADA)
    files.want_thumbnail(room(), kept)
    return {"id": str(kept.id)}


@things.get("/things/<uuid:thing_id>")
@public
def get_thing(thing_id: UUID) -> Response:
    """Send a file."""
    kept = room().find(thing_id)
    if kept is None:
        raise NotFound("There is no such thing.")
    return files.sent(kept)


@things.get("/pictures/<uuid:thing_id>")
@public
def show_picture(thing_id: UUID) -> Response:
    """Show a file, if it is a picture."""
    kept = room().find(thing_id)
    if kept is None:
        raise NotFound("There is no such picture.")
    return files.sent(kept, inline=True)


def register(app, api):
    files.init_app(app)
    api.register_blueprint(things)


def create_app(settings=None):
    """Make the application, with its tables."""
    app = build(__name__, settings, features=(__name__,))
    database = data_of(app).database
    data_of(app).migrations.upgrade(database)
    FILES.metadata.create_all(database.engine(), tables=[FILES, FILE_CHUNKS, FILE_OWNERS, JOBS])
    files_of(app).store.check()
    database.close()  # gunicorn may fork from here
    return app
