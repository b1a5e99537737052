"""Which host names this application answers to.

Flask has TRUSTED_HOSTS, but it checks at dispatch, after every other hook has seen the forged name, and it takes
`EXAMPLE.com` for a stranger. This check comes first and compares as DNS does.
"""

import ipaddress
import logging
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from carboy import settings as settings_room

if TYPE_CHECKING:
    from flask import Flask, Response

log = logging.getLogger("carboy.web")

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?P<name>\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[1-9][0-9]{{0,4}}))?")
_LAST_PORT = 65535

# A path, and nothing that a browser takes for another host: //evil.org, /\evil.org.
_PATH = re.compile(r"/(?![/\\])")


def init_app(app: "Flask") -> None:
    """Refuse every request whose Host is not one of ours, before anything else looks at it."""
    from flask import request
    from werkzeug.exceptions import SecurityError

    is_ours = trusting(settings_room.of(app))

    @app.before_request
    def refuse_strange_hosts() -> None:
        host = request.environ.get("HTTP_HOST", "")
        if not is_ours(host):
            log.warning("refused a strange host; if it is ours, add it to TRUSTED_HOSTS", extra={"host": host[:200]})
            raise SecurityError("This host name is not served here.")

    @app.after_request
    def stay_where_we_are(response: "Response") -> "Response":
        # Flask redirects to a whole address, made of what the Host and an unseen proxy say. The path is enough.
        location = response.headers.get("Location")
        if location is None:
            return response
        path = location.removeprefix(request.host_url.rstrip("/"))
        if path != location and _PATH.match(path):
            response.headers["Location"] = path
        return response


def trusting(settings: "settings_room.Settings") -> Callable[[str], bool]:
    """Return the judge of a Host header for these settings."""
    trusted = settings.trusted_hosts
    # A developer who opens the server to the network calls it by address. An attacker's page cannot: rebinding
    # DNS to this machine takes a name.
    open_to_network = settings.mode == "development" and settings.host not in ("127.0.0.1", "localhost", "::1")

    def is_ours(host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None or int(match["port"] or 0) > _LAST_PORT:
            return False
        name = match["name"].lower()
        return _is_named(name, trusted) or (open_to_network and _is_address(name))

    return is_ours


def _is_named(name: str, trusted: Sequence[str]) -> bool:
    return any(name == host or (host.startswith(".") and f".{name}".endswith(host)) for host in trusted)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
