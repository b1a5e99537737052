"""What a todo is, and who sees it."""

from datetime import date, datetime
from uuid import UUID

from carboy.data import Base, LongText, Model, Versioned
from carboy.files.table import FILES
from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from starter.accounts.domain import User

LONGEST_TITLE, LONGEST_TAG = 200, 40

SOME_DAY = date.max  # a todo without a date is due after all others; a list can be ordered by that, and not by NULL


class Todo(Versioned, Model):
    """Something that somebody wants done. Its owner and its assignees see it, and nobody else."""

    __tablename__ = "todos"
    __table_args__ = (CheckConstraint("priority BETWEEN 1 AND 5", name="priority"),)

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    notes: Mapped[str] = mapped_column(LongText, default="")
    due_day: Mapped[date] = mapped_column(default=SOME_DAY)
    priority: Mapped[int] = mapped_column(SmallInteger, default=3)  # 1 is the most urgent
    done_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None] = mapped_column(index=True)  # undone for a while, then swept

    owner: Mapped[User] = relationship(lazy="raise_on_sql")  # one of the people, and known once those are
    people: Mapped[list["TodoPerson"]] = relationship(lazy="raise", cascade="all, delete-orphan")
    labels: Mapped[list["TodoTag"]] = relationship(lazy="raise", cascade="all, delete-orphan")
    files: Mapped[list["TodoFile"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="TodoFile.file_id"
    )

    @property
    def due_on(self) -> date | None:
        """The day on which it is due, if there is one."""
        return None if self.due_day == SOME_DAY else self.due_day

    @due_on.setter
    def due_on(self, day: date | None) -> None:
        self.due_day = day or SOME_DAY

    @property
    def done(self) -> bool:
        """Whether it is done."""
        return self.done_at is not None

    @property
    def tags(self) -> list[str]:
        """Its tags, in the order of the alphabet."""
        return sorted(label.name for label in self.labels)

    @property
    def assignees(self) -> list[User]:
        """Who is to do it, in the order of their names."""
        assigned = (person.user for person in self.people if person.is_assigned)
        return sorted(assigned, key=lambda user: user.username or "")


class TodoPerson(Base):
    """Somebody who sees a todo: its owner, or whoever is to do it. The list of a user is a walk along this table."""

    __tablename__ = "todo_people"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    todo_id: Mapped[UUID] = mapped_column(ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_assigned: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship(lazy="raise")


class TodoReader(Base):
    """What is known of a reader of the morning's mail. Of whom there is no row, they want it and had none yet."""

    __tablename__ = "todo_readers"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    wants_digest: Mapped[bool] = mapped_column(default=True)
    digested_on: Mapped[date | None]  # the last morning that they were thought of


class TodoFile(Base):
    """A file that hangs on a todo. Its name and its bytes are in the files room."""

    __tablename__ = "todo_files"

    file_id: Mapped[UUID] = mapped_column(ForeignKey(FILES.c.id, ondelete="CASCADE"), primary_key=True)
    todo_id: Mapped[UUID] = mapped_column(ForeignKey("todos.id", ondelete="CASCADE"), index=True)


class TodoTag(Base):
    """A word by which a todo is found again."""

    __tablename__ = "todo_tags"

    todo_id: Mapped[UUID] = mapped_column(ForeignKey("todos.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_TAG), primary_key=True, index=True)
