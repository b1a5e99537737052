"""The starter's administrators, at their browsers."""

from sign_in_fixtures import boss, grace

__all__ = ["boss", "grace"]
