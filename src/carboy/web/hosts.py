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
    from flask import Flask

log = logging.getLogger("carboy.web")

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


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


def trusting(settings: "settings_room.Settings") -> Callable[[str], bool]:
    """Return the judge of a Host header for these settings."""
    trusted = settings.trusted_hosts
    # A developer who opens the server to the network calls it by address. An attacker's page cannot: rebinding
    # DNS to this machine takes a name.
    open_to_network = settings.mode == "development" and settings.host not in ("127.0.0.1", "localhost", "::1")

    def is_ours(host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
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
