"""`UserMixin`: what the library reads of a user. The class, and what else it has, are the application's.

class User(UserMixin, Model):
    __tablename__ = "users"

    time_zone: Mapped[str] = mapped_column(default="UTC")
"""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from carboy.accounts.table import LONGEST_ADDRESS, USER
from carboy.context import utc_now


class UserMixin:
    """The columns of a user that signing in and administration need."""

    __tablename__ = "users"
    __secret__: ClassVar[Collection[str]] = ("password_hash", "token_version", "email_normalized", "wished_username")

    id: Mapped[UUID]
    email: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))  # as they typed it: mails go there
    email_normalized: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), unique=True)  # every look-up goes here
    username: Mapped[str | None] = mapped_column(String(64), unique=True)
    # Taken when the address is confirmed: else a name that is taken afterwards would tell that the address was free.
    wished_username: Mapped[str | None] = mapped_column(String(64))
    first_name: Mapped[str] = mapped_column(String(128), default="")
    last_name: Mapped[str] = mapped_column(String(128), default="")
    role: Mapped[str] = mapped_column(ForeignKey("roles.name"), default=USER, index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    confirmed_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    token_version: Mapped[int] = mapped_column(default=0)  # one more, and every access token is dead

    @property
    def full_name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()
