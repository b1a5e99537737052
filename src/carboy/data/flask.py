"""A transaction for every request, and everything else that the data room gives to a Flask application.

before the view   a scope is begun; nothing is opened yet
the view          opens it at its first statement
after the view    below 400 it is committed, else undone; a commit that fails is answered as an error

A view marked `@own_transactions` gets no scope: it opens those that it needs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from carboy import settings as settings_room
from carboy.data.database import Apart, Database, Work, raise_our_own
from carboy.data.migrate import Migrations
from carboy.data.scope import Kind, keeps_work
from carboy.errors import SetupError

View = TypeVar("View", bound=Callable[..., Any])


class Seed(Protocol):
    """A function that inserts a feature's default rows if they are not there yet."""

    __module__: str
    __qualname__: str

    def __call__(self, database: Database, /) -> object:
        """Insert what is missing."""


_READING_METHODS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Data:
    """What the data room owns of one application."""

    database: Database
    migrations: Migrations
    seeds: list[Seed] = field(default_factory=list)


def init_app(app: Flask, database: Database | None = None, *, migrations: Path | None = None) -> None:
    """Give this application its database. Connects to nothing."""
    settings = settings_room.adopt(app)
    database = database or Database(
        settings.database_url,
        read_url=settings.database_read_url,
        pool_size=settings.database_pool_size,
        patience=settings.database_busy_seconds,
    )
    tree = Migrations(migrations or Path(app.root_path).parent / "migrations" / "versions")
    database.guard = tree.refuse_if_pending
    app.extensions["carboy.data"] = Data(database, tree)
    app.before_request(_begin)
    app.after_request(_end)
    _leave_nothing_open(app)
    _settle_before_an_error_is_rendered(app)
    app.shell_context_processor(lambda: _shell_names(database))


def data_of(app: Flask) -> Data:
    """Return what the data room owns of this application."""
    try:
        room: Data = app.extensions["carboy.data"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no database. Call carboy.data.init_app(app) where the application is made."
        ) from None
    return room


def db() -> Database:
    """Return the database of the application that is at work."""
    return data_of(current_app).database


def seed(app: Flask, *functions: Seed) -> None:
    """Have `flask seed` call these functions. Each inserts its default rows if they are not there yet."""
    data_of(app).seeds.extend(functions)


def plant_seeds(app: Flask) -> list[str]:
    """Insert every feature's default data, each in a transaction of its own, and return their names."""
    room = data_of(app)
    for plant in room.seeds:
        with room.database.transaction():
            plant(room.database)
    return [f"{plant.__module__}.{plant.__qualname__}" for plant in room.seeds]


def writes(view: View) -> View:
    """Declare that this view writes although it answers GET or HEAD."""
    view.carboy_writes = True  # type: ignore[attr-defined]
    return view


def replica(view: View) -> View:
    """Declare that this view may read from DATABASE_READ_URL, where the newest rows may be missing."""
    view.carboy_replica = True  # type: ignore[attr-defined]
    return view


def own_transactions(view: View) -> View:
    """Declare that this view opens its own transactions: it does slow work, such as hashing a password, between them.

    What one of them has kept stays, whatever the view answers.
    """
    view.carboy_own_transactions = True  # type: ignore[attr-defined]
    return view


# In the request's own environ: `g` is shared with a request that is made inside this one.
_WORK = "carboy.work"


def _begin() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    apart = getattr(view, "carboy_own_transactions", False)
    request.environ[_WORK] = db().apart() if apart else db().begin(_kind_of_request(view))


def _kind_of_request(view: object) -> Kind:
    if request.method not in _READING_METHODS or getattr(view, "carboy_writes", False):
        return Kind.WRITE
    return Kind.REPLICA if getattr(view, "carboy_replica", False) else Kind.READ


def _end(response: Response) -> Response:
    work: Work | Apart | None = request.environ.get(_WORK)
    if work is None:
        return response
    try:
        work.end(keep=response.status_code < HTTPStatus.BAD_REQUEST)
    except Exception as error:  # noqa: BLE001  (all of them are answered)
        # Flask renders no error that is raised here by itself, and a success must not be sent for lost work.
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _undo_what_is_open(environ: dict[str, Any]) -> None:
    work: Work | Apart | None = environ.pop(_WORK, None)
    if work is not None:
        work.end(keep=False)


def _leave_nothing_open(app: Flask) -> None:
    """End the scope even when somebody's teardown fails before ours: SQLite's other writers wait for it."""
    serve = app.wsgi_app

    def served(environ: dict[str, Any], start_response: Any) -> Any:
        try:
            return serve(environ, start_response)
        finally:
            _undo_what_is_open(environ)

    setattr(app, "wsgi_app", served)  # noqa: B010  (the seam that Flask documents)


def _settle_before_an_error_is_rendered(app: Flask) -> None:
    """End the scope before any error handler runs, whoever wrote the handler.

    An error page that touches the database finds a fresh reading scope, not a broken transaction; and a handler
    that answers 200 does not commit work that was left half done.
    """
    for name in ("handle_user_exception", "handle_exception"):
        setattr(app, name, _settled_first(getattr(app, name)))


def _settled_first(handle: Callable[[Exception], Any]) -> Callable[[Exception], Any]:
    def settle_then_handle(error: Exception) -> Any:
        return handle(error if _is_an_answer(error) else _settle(error))

    return settle_then_handle


def _settle(error: Exception) -> Exception:
    """End the scope, open one that only reads, and return what there is to handle."""
    work: Work | Apart | None = request.environ.get(_WORK)
    try:
        if work is not None:
            work.end(keep=keeps_work(error))
        raise_our_own(error)
    except Exception as ours:  # noqa: BLE001  (all of them are answered)
        error = ours
    request.environ[_WORK] = db().begin(Kind.READ)
    return error


def _is_an_answer(error: Exception) -> bool:
    """Whether this is a way of answering with success: abort(redirect(…)). Its work is kept, as any success's is."""
    return isinstance(error, HTTPException) and error.get_response().status_code < HTTPStatus.BAD_REQUEST


def _shell_names(database: Database) -> dict[str, Any]:
    """Put every model in the shell, `db`, and a `session` to read with. To write: `with db.transaction():`."""
    from sqlalchemy.orm import Session

    from carboy.data.model import Base

    models = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
    return {**models, "db": database, "session": Session(database.engine(Kind.READ))}
