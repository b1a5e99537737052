"""Laws of security that hold for every application on Carboy. They walk its routes, so that none is forgotten.

from carboy.testing.security import SecurityLaws

class TestSecurity(SecurityLaws):
    open_doors = OPEN_DOORS

known.py      what only the project says                   usual.py     what the library knows of its own routes
things.py     what has an owner, and what came by mail     walking.py   the routes, and who asks: routes.py, asking.py
doors.py      who gets in                                  forgery.py   what another site may send
foreign.py    what belongs to somebody else                links.py     what came by mail
redirects.py  where a visitor is sent                      telling.py   who has an account
answers.py    headers and caches                           cookies.py   what a browser keeps
hosts.py      the name that the application is called      hostile.py   what strangers make up
uploads.py    files that are not what they say
"""

from carboy.testing.security.answers import AnswerLaws
from carboy.testing.security.cookies import CookieLaws
from carboy.testing.security.doors import DoorLaws
from carboy.testing.security.foreign import ForeignLaws
from carboy.testing.security.forgery import ForgeryLaws
from carboy.testing.security.hostile import HostileLaws
from carboy.testing.security.hosts import HostLaws
from carboy.testing.security.links import LinkLaws
from carboy.testing.security.redirects import RedirectLaws
from carboy.testing.security.telling import TellingLaws
from carboy.testing.security.things import Link, Thing
from carboy.testing.security.uploads import UploadLaws

__all__ = ["Link", "SecurityLaws", "Thing"]


class SecurityLaws(
    DoorLaws,
    ForgeryLaws,
    ForeignLaws,
    LinkLaws,
    RedirectLaws,
    TellingLaws,
    AnswerLaws,
    CookieLaws,
    HostLaws,
    HostileLaws,
    UploadLaws,
):
    """Every law, each a test of its own. A project's test class stands on it and says what only the project knows."""
