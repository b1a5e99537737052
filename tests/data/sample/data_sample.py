"""Models for the tests of the data room. Their metadata is their own: no application sees these tables."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, MetaData, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, registry

from carboy.data import Base, LongBytes, LongText, Model, UtcDateTime, Versioned


class Sample(Model):
    """The root of these models."""

    __abstract__ = True
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    registry = registry(metadata=metadata, type_annotation_map=Base.type_annotation_map)


class Person(Sample):
    """A row that everything else is about."""

    __tablename__ = "data_person"
    __secret__ = ("password",)

    name: Mapped[str] = mapped_column(String(80), unique=True)
    password: Mapped[str] = mapped_column(String(80), default="")
    visits: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("visits >= 0", name="visits_are_counted"),)


class Pet(Sample):
    """Keeps its owner in place, as a foreign key does when nothing else is said."""

    __tablename__ = "data_pet"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Person.id), index=True)
    name: Mapped[str] = mapped_column(String(80))

    __table_args__ = (UniqueConstraint("owner_id", "name"),)


class Passport(Sample):
    """Keeps its holder in place, and says so."""

    __tablename__ = "data_passport"

    holder_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Person.id, ondelete="RESTRICT"), index=True)


class Draft(Versioned, Sample):
    """A row that is not to be overwritten blindly."""

    __tablename__ = "data_draft"

    body: Mapped[str] = mapped_column(LongText, default="")


class Specimen(Sample):
    """One column of every kind that a list can be ordered by, and of every type of ours."""

    __tablename__ = "data_specimen"

    whole: Mapped[int] = mapped_column(BigInteger, default=0)
    ratio: Mapped[float] = mapped_column(default=0.0)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2), default=Decimal(0))
    flag: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(String(200), default="")
    day: Mapped[date] = mapped_column(default=date(2024, 2, 29))
    moment: Mapped[datetime] = mapped_column(default=lambda: datetime.fromisoformat("2024-02-29T12:00:00+00:00"))
    token: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    story: Mapped[str | None] = mapped_column(LongText)
    photo: Mapped[bytes | None] = mapped_column(LongBytes)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
