"""A user of this application: what every user has, and the columns that only ours need."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from carboy.accounts.users import UserMixin
from carboy.data import Model


class User(UserMixin, Model):
    """Somebody with an account."""

    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")  # in which days begin and end for them
