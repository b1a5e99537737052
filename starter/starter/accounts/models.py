"""A user of this application: what every user has, and the columns that only ours need."""

from datetime import date

from sqlalchemy import String, true
from sqlalchemy.orm import Mapped, mapped_column

from carboy.accounts.users import UserMixin
from carboy.data import Model


class User(UserMixin, Model):
    """Somebody with an account."""

    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")  # in which days begin and end for them
    wants_digest: Mapped[bool] = mapped_column(default=True, server_default=true())  # each morning, what is due
    digested_on: Mapped[date | None]  # the last morning that they had one
