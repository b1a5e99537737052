"""A user of this application: what every user has, and the columns that only ours need."""

from uuid import UUID

from carboy.accounts.users import UserMixin
from carboy.data import Model
from carboy.files.table import FILES
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column


class User(UserMixin, Model):
    """Somebody with an account."""

    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")  # in which days begin and end for them
    # With an index: whenever a file goes, whatever it was, the database looks whose picture it is.
    picture_id: Mapped[UUID | None] = mapped_column(ForeignKey(FILES.c.id, ondelete="SET NULL"), index=True)
