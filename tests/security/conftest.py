"""The starter's accounts, attacked over HTTP and beside it."""

from dataclasses import dataclass, field
from threading import Lock

import pytest
from sign_in_fixtures import api, link, make_user, room, sign_in

__all__ = ["api", "link", "make_user", "room", "sign_in"]


@dataclass
class Verifications:
    """How many passwords are being verified, how many were, and the most at one moment."""

    now: int = 0
    total: int = 0
    most: int = 0
    costs: list = field(default_factory=list)
    _one_at_a_time: Lock = field(default_factory=Lock)

    def count(self, verify):
        def counted(hasher, kept, secret):
            with self._one_at_a_time:
                self.now, self.total = self.now + 1, self.total + 1
                self.most = max(self.most, self.now)
                self.costs.append(kept.split("$")[3])
            try:
                return verify(hasher, kept, secret)
            finally:
                with self._one_at_a_time:
                    self.now -= 1

        return counted


@pytest.fixture
def verifications(monkeypatch):
    """Every verification by argon2, counted; it is done all the same."""
    from argon2 import PasswordHasher

    counted = Verifications()
    monkeypatch.setattr(PasswordHasher, "verify", counted.count(PasswordHasher.verify))
    return counted
