"""Flask's own signed session cookie, with today's hash, and kept out of every shared cache."""

import hashlib
from typing import TYPE_CHECKING, Any

from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request, Response
    from flask.sessions import SecureCookieSession, SessionMixin


class SessionCookies(SecureCookieSessionInterface):
    """Flask's session in a signed cookie, signed with SHA-256."""

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: "Flask", request: "Request") -> "SecureCookieSession | None":
        """Read the session; where no cookie came, there is nothing to read, and no signature to be looked at."""
        if app.secret_key and self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: "Flask", session: "SessionMixin", response: "Response", *rest: Any) -> None:
        """Write the cookie if the session changed; an answer that carries one must not be stored by anybody."""
        super().save_session(app, session, response, *rest)
        if "Set-Cookie" in response.headers:
            response.headers["Cache-Control"] = "no-store"


def init_app(app: "Flask") -> None:
    """Use these cookies for this application's session, unless it keeps its sessions in some other way."""
    if type(app.session_interface) is SecureCookieSessionInterface:
        app.session_interface = SessionCookies()
