"""Living under a sub-path of a host that others share: SCRIPT_NAME=/shop.

The prefix comes from the settings alone. The servers' own handling is no help: gunicorn answers a path without
the prefix with an error of its own, so health probes could not reach the application.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from carboy.web.onion import Environ, Layer, StartResponse, Wsgi

if TYPE_CHECKING:
    from flask import Flask, Response

# Whoever looks after the process calls these by its own address and knows nothing of the prefix.
PROBES = {"/livez", "/readyz", "/health", "/metrics"}

_ELSEWHERE = "carboy.elsewhere"
_SLASHED = "carboy.slashed"


def init_app(app: "Flask") -> None:
    """Answer 404, with this application's own page, to what is not under the prefix; lead the prefix to its slash."""
    from flask import Response, abort, request

    @app.before_request
    def answer_what_is_not_under_the_prefix() -> "Response | None":
        if _ELSEWHERE in request.environ:
            abort(404)
        if (slashed := request.environ.get(_SLASHED)) is not None:
            return Response(status=308, headers={"Location": slashed})
        return None


def under(prefix: str) -> Layer:
    """Serve the application under this prefix; under none, make sure that no request brings one along."""

    def layer(application: Wsgi) -> Wsgi:
        def mounted(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            path = environ.get("PATH_INFO", "")
            environ["SCRIPT_NAME"] = prefix
            if prefix and path == prefix:
                query = environ.get("QUERY_STRING", "")
                environ[_SLASHED] = f"{prefix}/?{query}" if query else f"{prefix}/"
                environ["PATH_INFO"] = ""
            elif path.startswith(f"{prefix}/"):
                environ["PATH_INFO"] = path.removeprefix(prefix)
            elif path not in PROBES:
                environ[_ELSEWHERE] = True
            return application(environ, start_response)

        return mounted

    return layer
