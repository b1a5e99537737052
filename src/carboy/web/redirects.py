"""Where a visitor is sent on to: a place of ours, whatever the link says that brought them."""

import re
from urllib.parse import SplitResult, quote, urlsplit

from flask import request

LONGEST = 2048

# A browser drops tabs and line breaks, takes a backslash for a slash, and takes // for another site.
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_PLAIN_IN_A_PATH = "/:@!$&'()*+,;=~"


def safe_next(target: str | None, default: str = "") -> str:
    """Return the target if it is a path of ours, else the default, else the first page."""
    return target if target and _is_ours(target) else default or home()


def home() -> str:
    """Return the path of the first page, under whatever sub-path the application lives."""
    return f"{request.script_root}/"


def here() -> str:
    """Return the path and query of this request, to come back to."""
    query = request.query_string.decode("ascii", "replace")
    path = quote(request.script_root + request.path, safe=_PLAIN_IN_A_PATH)
    return f"{path}?{query}" if query else path


def came_from(default: str = "") -> str:
    """Return the path and query of our page that this was sent from, or the default if the browser does not say."""
    parts = _split(request.headers.get("Referer", ""))
    if not parts or parts.netloc != request.host:
        return default or home()
    return safe_next(f"{parts.path}?{parts.query}" if parts.query else parts.path, default)


def _is_ours(target: str) -> bool:
    if len(target) > LONGEST or not target.startswith("/") or target.startswith("//") or _UNSAFE.search(target):
        return False
    parts = _split(target)
    return parts is not None and not parts.scheme and not parts.netloc


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # half an IPv6 address: anybody may send it
        return None
