"""Who asks: the identity of a request, the authenticators that find it, and what a view says about its own door.

Decorators here only leave a note on the view function; `doors.py` reads it when a request is at that door.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, Request, current_app, request, session

from carboy import context
from carboy.errors import Refused, SetupError, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, as values: a user, a machine with a key, or nobody we know."""

    user_id: UUID | None
    roles: frozenset[str]
    session_id: UUID | None
    via: str  # by what we know them: "session", "token", "key:ci"
    ambient: bool = True  # whether a browser may have sent that by itself: a cookie, a password box, a certificate
    proven_at: datetime | None = None  # when they last proved who they are: typed their password

    def __post_init__(self) -> None:
        """Refuse a name that several askers would share: answers are kept and requests are counted by it."""
        if self.user_id is None and self.via and not self.via.partition(":")[2]:
            raise SetupError(
                f"Identity without a user has no name of its own. Give it one: via={f'{self.via}:<name>'!r}."
            )

    @property
    def principal(self) -> str:
        """One name for one asker, whatever door they come through; empty for a stranger."""
        return f"user:{self.user_id}" if self.user_id else self.via


ANONYMOUS = Identity(user_id=None, roles=frozenset(), session_id=None, via="")

Authenticator = Callable[[Request], Identity | None]


@dataclass(slots=True)
class _Authenticators:
    """What one application asks, in this order, and what it tells a stranger to bring."""

    functions: list[Authenticator] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)
    schemes: dict[str, Any] = field(default_factory=dict)


def authenticator(
    app: Flask, function: Authenticator, *, challenge: str = "", schemes: Mapping[str, Any] | None = None
) -> None:
    """Have this function look at every request: an Identity, None for "not my kind", or raise Unauthenticated.

    It is asked before the request's transaction begins. `challenge` goes into the WWW-Authenticate of a 401, and
    `schemes`, as OpenAPI's `securitySchemes` by their names, into the document of the API.
    """
    asked = _of(app)
    if not asked.functions:
        app.teardown_request(_forget_the_asker)
    asked.functions.append(function)
    asked.challenges += [challenge] if challenge else []
    asked.schemes |= schemes or {}


def _forget_the_asker(_error: BaseException | None) -> None:
    # The thread goes on to somebody else's request.
    context.name_asker("")


def schemes_of(app: Flask) -> dict[str, Any]:
    """Return the ways to say who asks, as OpenAPI's `securitySchemes`."""
    return dict(_of(app).schemes)


def _of(app: Flask) -> _Authenticators:
    found: _Authenticators = app.extensions.setdefault("carboy.identity", _Authenticators())
    return found


# In the request's own environ: `g` is shared with a request that is made inside this one.
_IDENTITY = "carboy.identity"
_KIND = "carboy.kind_of_credential"


def current() -> Identity:
    """Return who asks in this request; ANONYMOUS where nobody has been recognised."""
    found: Identity = request.environ.get(_IDENTITY, ANONYMOUS)
    return found


def known_user() -> Identity:
    """Return who asks, who must be a person."""
    who = current()
    if not who.principal:
        raise Unauthenticated("This is not for strangers.", challenge=challenges())
    if who.user_id is None:
        raise Refused("This is for people. A machine has no account, and no password to prove itself with.")
    return who


def user_id() -> UUID:
    """Return the id of who asks, who must be a person."""
    known = known_user().user_id
    assert known is not None  # noqa: S101  (it has just been refused)
    return known


def recognise() -> Identity:
    """Ask every authenticator until one knows the asker. An error is theirs to raise, and nobody's identity."""
    context.name_asker("")
    for kind, look in enumerate(_of(current_app).functions):
        request.environ[_KIND] = kind
        if (known := look(request)) is not None:
            request.environ[_IDENTITY] = known
            context.name_asker(known.principal)
            return known
    return ANONYMOUS


def kind_of_credential() -> int:
    """Return the number of the authenticator that knew the asker, or refused what was brought."""
    kind: int = request.environ.get(_KIND, 0)
    return kind


def challenges() -> str:
    """Return what a stranger may bring, for WWW-Authenticate."""
    return ", ".join(_of(current_app).challenges)


VISITOR = "_visitor"  # in the session: see visitors.py


def known_visitor() -> str:
    """Return the name that this browser was given by `visitors.visitor()`; empty if it has none."""
    name = session.get(VISITOR)
    return f"visitor:{name}" if isinstance(name, str) and name else ""


def public(view: View) -> View:
    """Declare that anybody may come in, known or not."""
    view.carboy_public = True  # type: ignore[attr-defined]
    return view


def is_public(view: object) -> bool:
    """Whether a view says that anybody may come in, and nothing that they must have: no role, no proof."""
    # Exactly True: an object that has every attribute opens nothing.
    asks = getattr(view, "carboy_roles", ()) or getattr(view, "carboy_sudo", False)
    return getattr(view, "carboy_public", None) is True and not asks


def requires_role(*roles: str) -> Callable[[View], View]:
    """Declare that only those with one of these roles may come in."""
    if not roles or not all(isinstance(role, str) and role for role in roles):
        raise SetupError('@requires_role names no role. Say some: @requires_role("admin").')

    def note(view: View) -> View:
        view.carboy_roles = roles  # type: ignore[attr-defined]
        return view

    return note


def sudo(view: View) -> View:
    """Declare that only people may come in who typed their password within the last SUDO_MAX_AGE seconds."""
    view.carboy_sudo = True  # type: ignore[attr-defined]
    return view


def credentials(view: View) -> View:
    """Declare that the answer holds tokens or keys: it is never stored, and never given a second time."""
    view.carboy_credentials = True  # type: ignore[attr-defined]
    return view
