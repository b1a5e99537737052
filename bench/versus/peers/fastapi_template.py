"""FastAPI in the style of its full-stack template: SQLModel, PyJWT, pwdlib, a session per request, response models."""

import os
import uuid
from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import jwt
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Response
from fastapi.security import OAuth2PasswordBearer
from jwt.exceptions import InvalidTokenError
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ValidationError
from sqlalchemy import Column, DateTime, event
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, func, select
from starlette.middleware.cors import CORSMiddleware

SECRET, DATABASE = os.environ["BENCH_SECRET"], os.environ["BENCH_DATABASE"]
SOME_DAY = date(9999, 12, 31)
hashes = PasswordHash((Argon2Hasher(),))


def _now() -> datetime:
    return datetime.now(UTC)


class User(SQLModel, table=True):
    __tablename__ = "users"
    id: uuid.UUID = Field(primary_key=True)
    email_normalized: str
    username: str | None
    first_name: str
    last_name: str
    password_hash: str | None
    is_active: bool

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class File(SQLModel, table=True):
    __tablename__ = "files"
    id: uuid.UUID = Field(primary_key=True)
    name: str
    media_type: str
    size: int
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True)))


class TodoFile(SQLModel, table=True):
    __tablename__ = "todo_files"
    file_id: uuid.UUID = Field(foreign_key="files.id", primary_key=True)
    todo_id: uuid.UUID = Field(foreign_key="todos.id")
    file: File = Relationship()


class TodoPerson(SQLModel, table=True):
    __tablename__ = "todo_people"
    user_id: uuid.UUID = Field(foreign_key="users.id", primary_key=True)
    todo_id: uuid.UUID = Field(foreign_key="todos.id", primary_key=True)
    is_assigned: bool = False
    user: User = Relationship()


class TodoTag(SQLModel, table=True):
    __tablename__ = "todo_tags"
    todo_id: uuid.UUID = Field(foreign_key="todos.id", primary_key=True)
    name: str = Field(primary_key=True)


class Todo(SQLModel, table=True):
    __tablename__ = "todos"
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    owner_id: uuid.UUID = Field(foreign_key="users.id")
    title: str
    notes: str = ""
    due_day: date = SOME_DAY
    priority: int = 3
    done_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    deleted_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    version: int = 1
    created_at: datetime = Field(default_factory=_now, sa_column=Column(DateTime(timezone=True)))
    updated_at: datetime = Field(default_factory=_now, sa_column=Column(DateTime(timezone=True)))
    owner: User = Relationship()
    people: list[TodoPerson] = Relationship()
    labels: list[TodoTag] = Relationship()
    files: list[TodoFile] = Relationship()

    @property
    def due_on(self) -> date | None:
        return None if self.due_day == SOME_DAY else self.due_day

    @property
    def done(self) -> bool:
        return self.done_at is not None

    @property
    def tags(self) -> list[str]:
        return sorted(label.name for label in self.labels)

    @property
    def assignees(self) -> list[User]:
        return [person.user for person in self.people if person.is_assigned]

    @property
    def attachments(self) -> list["AttachmentPublic"]:
        return [AttachmentPublic.of(one.file, self.id) for one in self.files]


class PersonPublic(BaseModel, from_attributes=True):
    id: uuid.UUID
    username: str | None
    full_name: str


class AttachmentPublic(BaseModel):
    id: uuid.UUID
    name: str
    media_type: str
    size: int
    created_at: datetime
    url: str

    @classmethod
    def of(cls, file: File, todo_id: uuid.UUID) -> "AttachmentPublic":
        return cls(**file.model_dump(), url=f"/api/v1/todos/{todo_id}/attachments/{file.id}")


class TodoCreate(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    notes: str = Field(default="", max_length=20_000)
    due_on: date | None = None
    priority: int = Field(default=3, ge=1, le=5)
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] = []


class TodoUpdate(BaseModel):
    title: str | None = Field(default=None, min_length=1, max_length=200)
    priority: int | None = Field(default=None, ge=1, le=5)


class TodoPublic(BaseModel, from_attributes=True):
    id: uuid.UUID
    title: str
    notes: str
    due_on: date | None
    priority: int
    done: bool
    done_at: datetime | None
    tags: list[str]
    owner: PersonPublic
    assignees: list[PersonPublic]
    attachments: list[AttachmentPublic]
    version: int
    created_at: datetime
    updated_at: datetime


class TodosPublic(BaseModel):
    items: list[TodoPublic]
    count: int


class TokenPayload(BaseModel):
    sub: uuid.UUID


class LogIn(BaseModel):
    email: str
    password: str


engine = create_engine(DATABASE)
oauth2 = OAuth2PasswordBearer(tokenUrl="/api/v1/tokens")
router = APIRouter(prefix="/api/v1")

if DATABASE.startswith("sqlite"):

    @event.listens_for(engine, "connect")
    def _tuned(connection: Any, _record: Any) -> None:
        for said in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=5000"):
            connection.execute(f"pragma {said}")


def get_db() -> Generator[Session, None, None]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_db)]


def get_current_user(session: SessionDep, token: Annotated[str, Depends(oauth2)]) -> User:
    try:
        said = TokenPayload(**jwt.decode(token, SECRET, algorithms=["HS256"]))
    except (InvalidTokenError, ValidationError) as error:
        raise HTTPException(403, "Could not validate credentials") from error
    user = session.get(User, said.sub)
    if not user:
        raise HTTPException(404, "User not found")
    if not user.is_active:
        raise HTTPException(400, "Inactive user")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]
EAGER = (
    selectinload(Todo.owner),
    selectinload(Todo.people).selectinload(TodoPerson.user),
    selectinload(Todo.labels),
    selectinload(Todo.files).selectinload(TodoFile.file),
)


def _seen(user: User) -> Any:
    query = select(Todo).join(TodoPerson, TodoPerson.todo_id == Todo.id)
    return query.where(TodoPerson.user_id == user.id, Todo.deleted_at.is_(None))


def _one(session: Session, user: User, todo_id: uuid.UUID) -> Todo:
    todo = session.exec(_seen(user).where(Todo.id == todo_id).options(*EAGER)).one_or_none()
    if todo is None:
        raise HTTPException(404, "Todo not found")
    return todo


@router.get("/calculator/add")
def add(a: int, b: int) -> dict[str, int]:
    return {"result": a + b}


@router.post("/tokens")
def log_in(session: SessionDep, said: LogIn) -> dict[str, str]:
    user = session.exec(select(User).where(User.email_normalized == said.email)).first()
    if not user or not hashes.verify(said.password, user.password_hash or ""):
        raise HTTPException(400, "Incorrect email or password")
    expires = _now() + timedelta(days=8)
    return {"access_token": jwt.encode({"exp": expires, "sub": str(user.id)}, SECRET, algorithm="HS256")}


@router.get("/todos", response_model=TodosPublic)
def list_todos(session: SessionDep, user: CurrentUser, skip: int = 0, limit: int = 100) -> Any:
    count = session.exec(select(func.count()).select_from(_seen(user).subquery())).one()
    rows = _seen(user).order_by(TodoPerson.todo_id.desc()).offset(skip).limit(limit).options(*EAGER)
    return TodosPublic(items=[TodoPublic.model_validate(one) for one in session.exec(rows).all()], count=count)


@router.get("/todos/{todo_id}", response_model=TodoPublic)
def get_todo(session: SessionDep, user: CurrentUser, todo_id: uuid.UUID, response: Response) -> Any:
    todo = _one(session, user, todo_id)
    response.headers["ETag"] = f'"{todo.version}"'
    return todo


@router.post("/todos", response_model=TodoPublic, status_code=201)
def create_todo(session: SessionDep, user: CurrentUser, said: TodoCreate, response: Response) -> Any:
    todo = Todo(owner_id=user.id, due_day=said.due_on or SOME_DAY, **said.model_dump(exclude={"tags", "due_on"}))
    todo.people = [TodoPerson(user_id=user.id, todo_id=todo.id)]
    todo.labels = [TodoTag(todo_id=todo.id, name=name) for name in said.tags]
    session.add(todo)
    session.commit()
    session.refresh(todo)
    response.headers["ETag"] = f'"{todo.version}"'
    return todo


@router.patch("/todos/{todo_id}", response_model=TodoPublic)
def change_todo(
    session: SessionDep, user: CurrentUser, todo_id: uuid.UUID, said: TodoUpdate, response: Response,
    if_match: Annotated[str, Header()],
) -> Any:  # fmt: skip
    todo = _one(session, user, todo_id)
    if if_match != f'"{todo.version}"':
        raise HTTPException(412, "Changed meanwhile")
    todo.sqlmodel_update(said.model_dump(exclude_unset=True) | {"version": todo.version + 1, "updated_at": _now()})
    session.add(todo)
    session.commit()
    session.refresh(todo)
    response.headers["ETag"] = f'"{todo.version}"'
    return todo


app = FastAPI()
app.add_middleware(
    CORSMiddleware, allow_origins=["http://localhost"], allow_credentials=True, allow_methods=["*"],
    allow_headers=["*"],
)  # fmt: skip
app.include_router(router)
