"""What changes something was sent from a page of ours, and not by another site that borrowed a visitor's cookie.

Sec-Fetch-Site   the browser says who made it ask: ourselves or the visitor, or an origin that we trust
Origin           where a browser does not say that: our own origin, or one that we trust; never null
token            for every form, and where a browser says neither. Only who can read our pages has one

On an API whoever sends a header with a key means it, and strangers have nothing to borrow. But who was known by what a
browser sends unasked (`Identity.ambient`, or a visitor's session) is asked there too; a token then comes in a header.
"""

import base64
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, request, session
from markupsafe import Markup

from carboy import settings as settings_room
from carboy.errors import Refused
from carboy.web import identity
from carboy.web.identity import Identity

if TYPE_CHECKING:
    from flask import Flask, Response

log = logging.getLogger("carboy.web")

View = TypeVar("View", bound=Callable[..., Any])
Judge = Callable[[], bool | None]

FIELD = "_csrf"
HEADER = "X-CSRF-Token"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SECRET = "_csrf"  # noqa: S105  (a key of the session, not its value)
_NONCE_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")  # 48 bytes, exactly: there is one way to write each token

_DECIDED = "carboy.csrf_decided"
_HANDED_OUT = "carboy.csrf_handed_out"

_FROM_ELSEWHERE = "This was sent from another site, so nothing was done. Open the page here and send it from there."
_EXPIRED = (
    "The page that you sent has expired, so nothing was done. Go back, reload the page, and send it again."
    " If it happens once more, allow this site to keep cookies."
)
_FROM_NOWHERE = (
    "Nothing tells where this comes from, so nothing was done. Send Origin, or X-CSRF-Token with a token of ours."
)
_NOTHING_SAID = "it has no token; a form has {{ csrf_field() }}, a script sends X-CSRF-Token"
_NO_SENDER = (
    "it has no Origin and no X-CSRF-Token, and who asks was known by what a browser may send unasked;"
    " an authenticator that reads a header which no browser sets says Identity(…, ambient=False)"
)


class ForgedRequest(Refused):
    """The request may be the work of another site."""

    code = "csrf-failed"
    title = "We cannot tell that you sent this"


def init_app(app: "Flask") -> None:
    """Refuse forged requests, and give templates `csrf_field()` and `csrf_token()`."""
    comes_from_us = app.extensions["carboy.csrf"] = judging(settings_room.of(app))
    app.jinja_env.globals.update(csrf_field=csrf_field, csrf_token=csrf_token)

    @app.before_request
    def refuse_forged_requests() -> None:
        if _may_come_from_anywhere():
            return
        by_page = _is_for_a_page()
        if by_page or _may_be_borrowed(identity.current()):
            request.environ[_DECIDED] = True
            _refuse_what_was_forged(comes_from_us(), by_page=by_page)

    @app.after_request
    def keep_answers_apart(response: "Response") -> "Response":
        if _DECIDED in request.environ:
            response.vary.update(("Sec-Fetch-Site", "Origin"))
        if _HANDED_OUT in request.environ:
            response.headers["Cache-Control"] = "no-store"  # nobody else can send a form with this token
        return response


def accepts_foreign_posts(view: View) -> View:
    """Declare that this view is meant to be called from elsewhere and asks for no token: a webhook."""
    view.carboy_foreign_posts = True  # type: ignore[attr-defined]
    return view


def refuse_what_another_site_sent() -> None:
    """Refuse it although nobody is known yet: for what begins a session, which another site could begin anew."""
    if not _may_come_from_anywhere():
        request.environ[_DECIDED] = True
        if current_app.extensions["carboy.csrf"]() is False:
            raise _foreign()


def csrf_token() -> str:
    """Return a token for what this page will send. Each is another: a compressed page tells what never changes."""
    request.environ[_HANDED_OUT] = True
    return token_in(session)


def csrf_field() -> Markup:
    """Return the hidden field that every form has: `<form method="post">{{ csrf_field() }} …`."""
    # Nothing to escape: a name of ours, and base64. A list has such a field in every row.
    return Markup(f'<input type="hidden" name="{FIELD}" value="{csrf_token()}">')  # noqa: S704


def token_in(session: MutableMapping[str, Any]) -> str:
    """Return a token that is good with this session, which gets a secret if it has none."""
    if not isinstance(session.get(_SECRET), str):
        session[_SECRET] = secrets.token_urlsafe(32)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _proof(session[_SECRET], nonce)).decode()


def rotate_secret() -> None:
    """Make every token given so far worthless. Called where somebody logs in or out."""
    session[_SECRET] = secrets.token_urlsafe(32)


def judging(settings: "settings_room.Settings") -> Judge:
    """Return the judge of who made the browser send this request; it says None where the browser does not tell."""
    trusted = frozenset(settings.csrf_trusted_origins) - {"*", "null"}  # both are anybody
    ours = frozenset({_origin_of(settings.app_base_url)})

    def comes_from_us() -> bool | None:
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if site is not None:
            return site in ("same-origin", "none") or origin in trusted
        if origin is not None:
            return origin in trusted | ours or (not settings.deployed and origin == _own_origin())
        return None

    return comes_from_us


def _own_origin() -> str:
    # A developer's server answers at whatever port was free. Which host it was has been checked before.
    return f"{request.scheme}://{request.host.lower()}"


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def _may_come_from_anywhere() -> bool:
    # What has no route does nothing, and is best told so.
    return request.method in _SAFE_METHODS or request.routing_exception is not None or _takes_foreign_posts()


def _takes_foreign_posts() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "carboy_foreign_posts", None) is True


def _is_for_a_page() -> bool:
    from carboy.web.families import is_api

    return not is_api(request)


def _may_be_borrowed(who: Identity) -> bool:
    return who.ambient if who.principal else bool(identity.known_visitor())


def _refuse_what_was_forged(from_us: bool | None, *, by_page: bool) -> None:
    if from_us is False:
        raise _foreign()
    if by_page or from_us is None:
        token = request.headers.get(HEADER) or (request.form.get(FIELD) if by_page else None)
        if not token:
            raise _refusal(*((_EXPIRED, _NOTHING_SAID) if by_page else (_FROM_NOWHERE, _NO_SENDER)))
        if not _is_proven(token, session.get(_SECRET)):
            raise _refusal(_EXPIRED, "its token is not of this session")


def _foreign() -> ForgedRequest:
    return _refusal(
        _FROM_ELSEWHERE, "another site sent it; if that is ours, look at CSRF_TRUSTED_ORIGINS and APP_BASE_URL"
    )


def _refusal(detail: str, reason: str) -> ForgedRequest:
    sender = {"sec_fetch_site": request.headers.get("Sec-Fetch-Site"), "origin": request.headers.get("Origin")}
    shown = {name: value[:200] for name, value in sender.items() if value is not None}
    log.warning("refused what may be forged: %s", reason, extra={"endpoint": request.endpoint, **shown})
    return ForgedRequest(detail)


def _is_proven(token: str, secret: object) -> bool:
    if not isinstance(secret, str) or not _TOKEN.fullmatch(token):
        return False
    content = base64.urlsafe_b64decode(token)
    return hmac.compare_digest(content[_NONCE_BYTES:], _proof(secret, content[:_NONCE_BYTES]))


def _proof(secret: str, nonce: bytes) -> bytes:
    return hmac.digest(secret.encode(), nonce, hashlib.sha256)
