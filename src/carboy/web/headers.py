"""The headers that tell a browser what it must not do, on every answer: pages, files, errors."""

import secrets
from typing import TYPE_CHECKING

from flask import request

from carboy import settings as settings_room

if TYPE_CHECKING:
    from flask import Flask, Response

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self'{nonce}; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

_NONCE = "carboy.csp_nonce"

A_YEAR = 31_536_000


def init_app(app: "Flask") -> None:
    """Add the headers to every answer. A view that sets one itself knows better and is left alone."""
    settings = settings_room.of(app)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    always = dict(ALWAYS)
    # By what people use, not by what we see: the proxy in front of us speaks TLS, and we need not know.
    if settings.deployed and settings.app_base_url.startswith("https://"):
        always["Strict-Transport-Security"] = f"max-age={A_YEAR}; includeSubDomains"

    @app.after_request
    def protect(response: "Response") -> "Response":
        there = {name.lower() for name, _ in response.headers}
        for name, value in always.items():
            if name.lower() not in there:
                response.headers.add(name, value)
        if "content-security-policy" not in there:
            response.headers.add("Content-Security-Policy", _policy(response))
        return response


def csp_nonce() -> str:
    """Return the nonce of this answer, for the rare inline script or style: `<script nonce="{{ csp_nonce() }}">`."""
    nonce: str = request.environ.setdefault(_NONCE, secrets.token_urlsafe(16))
    return nonce


def _policy(response: "Response") -> str:
    if response.mimetype != "text/html":
        return DATA_POLICY
    nonce = request.environ.get(_NONCE)
    return PAGE_POLICY.format(nonce=f" 'nonce-{nonce}'" if nonce else "")
