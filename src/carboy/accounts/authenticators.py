"""How a request says who asks: a browser's cookie on pages; on the API `Authorization: Bearer`, with one of two tokens.

st_…    the session token of a program
ey…     an access token
ut_…    an update token: it opens nothing but its own renewal, whose view says `@takes_update_token`

The API does not take the cookie, and pages take nothing else: what a browser sends by itself changes no data there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, Request, current_app, request, session

from carboy.accounts import known, opaque
from carboy.accounts.flask import accounts
from carboy.accounts.refusals import BEARER, TokenInvalid
from carboy.accounts.table import Kind
from carboy.errors import Conflict, Refused, Unauthenticated
from carboy.web.families import is_api
from carboy.web.identity import Identity, authenticator, known_user

if TYPE_CHECKING:
    from uuid import UUID

    from carboy.accounts.known import Known

View = TypeVar("View", bound=Callable[..., Any])

SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token of POST /tokens, or a session token of POST /sessions.",
    }
}
IN_THE_SESSION = "_sign_in"
_KNOWN = "carboy.accounts.known"


def init_app(app: Flask) -> None:
    """Recognise the users of this application."""
    authenticator(app, _by_cookie)
    authenticator(app, _by_header, challenge=BEARER, schemes=SCHEMES)


def takes_update_token(view: View) -> View:
    """Declare that this view is asked with an update token, which it looks at by itself."""
    view.carboy_takes_update_token = True  # type: ignore[attr-defined]
    return view


def update_token() -> str:
    """Return the update token that this request brings."""
    token = _bearer(request)
    if token is None:
        raise Unauthenticated("Bring the update token.", challenge=BEARER)
    if not token.startswith(opaque.UPDATE):
        raise TokenInvalid
    return token


def my_sign_in(kind: Kind | None = None) -> "Known":
    """Return the sign-in of whoever asks, who must be a person; `kind` is the form that it must have."""
    known_user()
    found: Known | None = request.environ.get(_KNOWN)
    if found is None:
        raise Refused("This is for people who signed in here.")
    if kind is not None and found.kind != kind:
        raise Refused(f"This is for sign-ins of the kind {kind}, and yours is of the kind {found.kind}.")
    return found


def refuse_myself(user_id: "UUID") -> None:
    """Refuse what an administrator does to others, and to themselves by mistake or in somebody else's name."""
    if user_id == my_sign_in().user_id:
        raise Conflict("Nobody shuts themselves out, or gives themselves a role. Ask another administrator.")


def _by_cookie(asked: Request) -> Identity | None:
    if is_api(asked) or current_app.config["SESSION_COOKIE_NAME"] not in asked.cookies:
        return None
    token = session.get(IN_THE_SESSION)
    if not isinstance(token, str):
        return None
    try:
        found = known.by_token(accounts(), token, Kind.BROWSER)
    except Unauthenticated:
        # Pages for everybody are there for them as well. The cookie is left alone: the answer to a request that was on
        # its way while the browser was given a new one would take that away.
        return None
    return _identity(asked, found, via="cookie", ambient=True)


def _by_header(asked: Request) -> Identity | None:
    if not is_api(asked) or (token := _bearer(asked)) is None:
        return None
    if token.startswith(opaque.SESSION):
        return _identity(asked, known.by_token(accounts(), token, Kind.API), via="session", ambient=False)
    if token.startswith("ey"):
        return _identity(asked, known.by_access_token(accounts(), token), via="token", ambient=False)
    if token.startswith(opaque.UPDATE) and _renews(asked):
        return None
    raise TokenInvalid


def _identity(asked: Request, found: "Known", *, via: str, ambient: bool) -> Identity:
    asked.environ[_KNOWN] = found
    return Identity(
        user_id=found.user_id,
        roles=frozenset({found.role}),
        session_id=found.session_id,
        via=via,
        ambient=ambient,
        proven_at=found.proven_at,
    )


def _bearer(asked: Request) -> str | None:
    said: str | None = asked.environ.get("HTTP_AUTHORIZATION")
    if said is None:
        return None
    scheme, _, token = said.partition(" ")
    if scheme.lower() != "bearer" or not token or any(mark in token for mark in " ,\t"):
        raise TokenInvalid
    return token


def _renews(asked: Request) -> bool:
    view = current_app.view_functions.get(asked.endpoint or "")
    return getattr(view, "carboy_takes_update_token", None) is True
