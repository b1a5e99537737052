"""Litestar with advanced-alchemy, as its full stack has it: async repositories and services, msgspec structs out."""

import os
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from advanced_alchemy.extensions.litestar import AsyncSessionConfig, SQLAlchemyAsyncConfig, SQLAlchemyPlugin
from advanced_alchemy.filters import LimitOffset
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.service import SQLAlchemyAsyncRepositoryService
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from litestar import Litestar, Request, Response, Router, get, patch, post
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.security.jwt import JWTAuth, Token
from sqlalchemy import BigInteger, DateTime, ForeignKey, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

DATABASE = os.environ["BENCH_DATABASE"]
SOME_DAY = date(9999, 12, 31)
hashes = PasswordHasher()


def _now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012


class User(Base):
    __tablename__ = "users"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email_normalized: Mapped[str]
    username: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class File(Base):
    __tablename__ = "files"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class TodoFile(Base):
    __tablename__ = "todo_files"
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("files.id"), primary_key=True)
    todo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("todos.id"))
    file: Mapped[File] = relationship()


class TodoPerson(Base):
    __tablename__ = "todo_people"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    todo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("todos.id"), primary_key=True)
    is_assigned: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User] = relationship()


class TodoTag(Base):
    __tablename__ = "todo_tags"
    todo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("todos.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)


class Todo(Base):
    __tablename__ = "todos"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    notes: Mapped[str]
    due_day: Mapped[date]
    priority: Mapped[int]
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=_now)
    updated_at: Mapped[datetime] = mapped_column(default=_now, onupdate=_now)
    owner: Mapped[User] = relationship()
    people: Mapped[list[TodoPerson]] = relationship()
    labels: Mapped[list[TodoTag]] = relationship()
    files: Mapped[list[TodoFile]] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class PersonOut(msgspec.Struct):
    id: uuid.UUID
    username: str | None
    full_name: str


class AttachmentOut(msgspec.Struct):
    id: uuid.UUID
    name: str
    media_type: str
    size: int
    created_at: datetime
    url: str


class TodoOut(msgspec.Struct):
    id: uuid.UUID
    title: str
    notes: str
    due_on: date | None
    priority: int
    done: bool
    done_at: datetime | None
    tags: list[str]
    owner: PersonOut
    assignees: list[PersonOut]
    attachments: list[AttachmentOut]
    version: int
    created_at: datetime
    updated_at: datetime


class TodoPage(msgspec.Struct):
    items: list[TodoOut]
    total: int


class TodoIn(msgspec.Struct):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    notes: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    due_on: date | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3
    tags: list[Annotated[str, msgspec.Meta(min_length=1, max_length=40)]] = []


class TodoChange(msgspec.Struct, omit_defaults=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | msgspec.UnsetType = msgspec.UNSET
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] | msgspec.UnsetType = msgspec.UNSET


class LogIn(msgspec.Struct):
    email: str
    password: str


class Todos(SQLAlchemyAsyncRepositoryService[Todo]):
    class Repo(SQLAlchemyAsyncRepository[Todo]):
        model_type = Todo

    repository_type = Repo


EAGER = [
    selectinload(Todo.owner),
    selectinload(Todo.people).selectinload(TodoPerson.user),
    selectinload(Todo.labels),
    selectinload(Todo.files).selectinload(TodoFile.file),
]


def _seen(user: User) -> Any:
    query = select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id)
    return query.where(TodoPerson.user_id == user.id, Todo.deleted_at.is_(None))


def _person(user: User) -> PersonOut:
    return PersonOut(user.id, user.username, user.full_name)


def _shown(todo: Todo) -> TodoOut:
    return TodoOut(
        id=todo.id,
        title=todo.title,
        notes=todo.notes,
        due_on=None if todo.due_day == SOME_DAY else todo.due_day,
        priority=todo.priority,
        done=todo.done_at is not None,
        done_at=todo.done_at,
        tags=sorted(label.name for label in todo.labels),
        owner=_person(todo.owner),
        assignees=[_person(one.user) for one in todo.people if one.is_assigned],
        attachments=[_attached(todo, one.file) for one in todo.files],
        version=todo.version,
        created_at=todo.created_at,
        updated_at=todo.updated_at,
    )


def _attached(todo: Todo, file: File) -> AttachmentOut:
    url = f"/api/v1/todos/{todo.id}/attachments/{file.id}"
    return AttachmentOut(file.id, file.name, file.media_type, file.size, file.created_at, url)


def _answer(todo: Todo, status: int = 200) -> Response[TodoOut]:
    return Response(_shown(todo), status_code=status, headers={"ETag": f'"{todo.version}"'})


def provide_todos(db_session: AsyncSession) -> Todos:
    return Todos(session=db_session, load=EAGER)


async def _one(todos: Todos, user: User, todo_id: uuid.UUID) -> Todo:
    todo = await todos.get_one_or_none(Todo.id == todo_id, statement=_seen(user))
    if todo is None:
        raise NotFoundException
    return todo


@get("/calculator/add")
async def add(a: int, b: int) -> dict[str, int]:
    return {"result": a + b}


@post("/tokens", status_code=200)
async def log_in(data: LogIn, db_session: AsyncSession) -> dict[str, str]:
    user = await db_session.scalar(select(User).where(User.email_normalized == data.email))
    try:
        hashes.verify(user.password_hash if user else "", data.password)
    except VerifyMismatchError as error:
        raise NotAuthorizedException from error
    return {"access_token": auth.create_token(str(user.id), token_expiration=timedelta(days=1))}


@get("/todos")
async def list_todos(todos: Todos, request: Request, limit: int = 50, offset: int = 0) -> TodoPage:
    query = _seen(request.user).order_by(TodoPerson.todo_id.desc())
    rows, total = await todos.list_and_count(LimitOffset(limit, offset), statement=query)
    return TodoPage([_shown(todo) for todo in rows], total)


@get("/todos/{todo_id:uuid}")
async def get_todo(todo_id: uuid.UUID, todos: Todos, request: Request) -> Response[TodoOut]:
    return _answer(await _one(todos, request.user, todo_id))


@post("/todos")
async def create_todo(data: TodoIn, todos: Todos, request: Request) -> Response[TodoOut]:
    said = {"title": data.title, "notes": data.notes, "priority": data.priority, "owner": request.user}
    todo = Todo(**said, due_day=data.due_on or SOME_DAY, files=[])
    todo.people = [TodoPerson(user=request.user, is_assigned=False)]
    todo.labels = [TodoTag(name=name) for name in data.tags]
    return _answer(await todos.create(todo, auto_commit=True, auto_refresh=False), 201)


@patch("/todos/{todo_id:uuid}")
async def change_todo(todo_id: uuid.UUID, data: TodoChange, todos: Todos, request: Request) -> Response[TodoOut]:
    todo = await _one(todos, request.user, todo_id)
    if request.headers.get("If-Match") != f'"{todo.version}"':
        raise HTTPException(status_code=412, detail="Changed meanwhile.")
    for name, value in msgspec.to_builtins(data).items():
        setattr(todo, name, value)
    return _answer(await todos.update(todo, auto_commit=True, auto_refresh=False))


async def _holder(token: Token, connection: ASGIConnection) -> User | None:
    session = config.provide_session(connection.app.state, connection.scope)
    user = await session.get(User, uuid.UUID(token.sub))
    return user if user and user.is_active else None


config = SQLAlchemyAsyncConfig(
    connection_string=DATABASE.replace("sqlite:", "sqlite+aiosqlite:").replace("+psycopg", "+asyncpg"),
    session_config=AsyncSessionConfig(expire_on_commit=False),
)
auth = JWTAuth[User](
    retrieve_user_handler=_holder,
    token_secret=os.environ["BENCH_SECRET"],
    exclude=["/api/v1/tokens", "/api/v1/calculator"],
)

if DATABASE.startswith("sqlite"):

    @event.listens_for(config.get_engine().sync_engine, "connect")
    def _tuned(connection: Any, _record: Any) -> None:
        for said in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=5000"):
            connection.execute(f"pragma {said}")


app = Litestar(
    [Router("/api/v1", route_handlers=[add, log_in, list_todos, get_todo, create_todo, change_todo])],
    plugins=[SQLAlchemyPlugin(config)],
    dependencies={"todos": Provide(provide_todos, sync_to_thread=False)},
    on_app_init=[auth.on_app_init],
)
