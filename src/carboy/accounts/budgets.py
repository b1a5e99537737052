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

    SIGN_IN = ("wrong passwords for one account from one address", "5/minute;20/hour")
    SIGN_IN_FROM = ("wrong passwords from one address", "30/5minute;200/day")
    SIGN_IN_TO = ("wrong passwords for one account from devices that it does not know", "20/hour;100/day")
    SIGN_IN_ON = ("wrong passwords on a device that it does know, which is then unknown", "10/day")
    REGISTER_FROM = ("sign-ups from one address", "5/hour;20/day")
    MAIL_TO = ("mails with a link for one address; beyond, none is sent and nobody is told", "3/hour")
    MAIL_FROM = ("mails with a link that are asked for from one address", "20/hour")
    LINK_FROM = ("links that are tried from one address", "20/hour")
    REFRESH = ("refreshes of one sign-in", "60/minute")
    PROVE = ("passwords typed once more in one sign-in", "5/minute")


@dataclass(frozen=True)
class Budgets:
    """The budgets of one application; none at all where they are off."""

    throttle: Throttle
    on: bool = True

    def of(self, scope: Scope) -> Budget:
        """Return the budget of this kind."""
        return Budget(self.throttle, f"accounts {scope.name}", rates(scope.value[1]) if self.on else ())
