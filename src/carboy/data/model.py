"""What every table of the house has in common."""

import enum
import os
import time
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Enum, MetaData, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.schema import CreateTable

from carboy.context import utc_now
from carboy.data.types import UtcDateTime

# Every constraint has a name, the same on every database: a migration can then drop it again.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# MariaDB's own default takes "ADA", "Ada " and "Ädä" for one name.
_COMPARE_BYTES = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_nopad_bin", "mysql_engine": "InnoDB"}


def uuid7() -> uuid.UUID:
    """Make an identifier that sorts by the time it was made (RFC 9562; the standard library has it from 3.14)."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000  # the 12 bits below the millisecond keep the order finer
    chance = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | chance)


class Base(DeclarativeBase):
    """The root of every mapped class, of the library and of the application: one metadata, one migration tree."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        str: String(255),  # MariaDB wants a length; LongText has none
        enum.Enum: Enum(enum.Enum, native_enum=False),  # a type of PostgreSQL's own would outlive its table
    }

    # Columns that no dictionary, log line or answer may hold.
    __secret__: ClassVar[Collection[str]] = ()

    def to_dict(self, *, only: Collection[str] = (), exclude: Collection[str] = ()) -> dict[str, Any]:
        """Return the columns as a dictionary, all but the secret ones; `only` and `exclude` choose among them."""
        names = [name for name in self.__mapper__.column_attrs.keys() if name not in self.__secret__]  # noqa: SIM118
        if only and exclude:
            raise ValueError("Say either which columns you want (only) or which you do not (exclude).")
        if unknown := {*only, *exclude} - set(names):
            raise ValueError(
                f"{type(self).__name__} shows no {', '.join(sorted(unknown))}. It has: {', '.join(names)}."
            )
        return {name: getattr(self, name) for name in names if name not in exclude and (not only or name in only)}

    def __repr__(self) -> str:
        identity = ", ".join(str(getattr(self, column.key)) for column in self.__mapper__.primary_key if column.key)
        return f"<{type(self).__name__} {identity}>"


@compiles(CreateTable, "mysql", "mariadb")
def _compare_bytes(create: CreateTable, compiler: Any, **options: Any) -> str:
    # Here, and not in the base class: a model with table arguments of its own replaces those that it inherits, and
    # a plain table between two models has none. A foreign key between two ways of comparing is refused as well.
    # And not before a table is made: an option of theirs loads their dialect, which is a tenth of a start.
    if create.element.metadata.naming_convention is _NAMES:
        for option, value in _COMPARE_BYTES.items():
            create.element.kwargs.setdefault(option, value)
    return str(compiler.visit_create_table(create, **options))


class Model(Base):
    """A table with an id that sorts by age, and the moments when a row was made and last changed."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-100)
    created_at: Mapped[datetime] = mapped_column(default=utc_now, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now, sort_order=91)


class Versioned:
    """Adds `version`: a change made on an old version is refused as a Conflict instead of overwriting."""

    version: Mapped[int] = mapped_column(BigInteger, nullable=False, sort_order=92)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  (SQLAlchemy calls it with the class)
        return {"version_id_col": cls.version}
