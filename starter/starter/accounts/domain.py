"""Users, as the features below may know them."""

from starter.accounts.models import User

__all__ = ["User"]
