"""How often somebody may be wrong, before we stop listening for a while. Nobody's account is ever locked.

What is counted against an account comes from devices that it has never signed in from; those that it has, and a mail
to its owner, always get through. Unknown accounts are counted as known ones are.
"""

from dataclasses import dataclass
from enum import Enum

from carboy.web.counting import Budget, Throttle
from carboy.web.windows import rates


class Scope(Enum):
    """What is counted, and how often it may be."""

    SIGN_IN = "5/minute;20/hour"  # wrong passwords for one account from one address
    SIGN_IN_FROM = "30/5minute;200/day"  # wrong passwords from one address
    SIGN_IN_TO = "20/hour;100/day"  # wrong passwords for one account from devices that it does not know
    SIGN_IN_ON = "10/day "  # wrong passwords on one device that it does know; then it knows it no longer
    REGISTER_FROM = "5/hour;20/day"
    MAIL_TO = "3/hour"  # mails with a link for one address; beyond, none is sent, and nobody is told
    MAIL_FROM = "10/hour"
    LINK_FROM = "20/hour"  # links that are tried from one address
    REFRESH = "60/minute"  # of one sign-in
    PROVE = "5/minute"  # of one sign-in: the password is asked once more


@dataclass(frozen=True)
class Budgets:
    """The budgets of one application; none at all where they are off."""

    throttle: Throttle
    on: bool = True

    def of(self, scope: Scope) -> Budget:
        """Return the budget of this kind."""
        return Budget(self.throttle, f"accounts {scope.name}", rates(scope.value) if self.on else ())
