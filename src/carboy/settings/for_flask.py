"""What Flask itself reads from `app.config`, as the settings say it."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carboy.settings import Settings

_A_MONTH = 31 * 24 * 3600


def config(settings: "Settings") -> dict[str, Any]:
    """Return Flask's own variables."""
    secure = settings.app_base_url.startswith("https://")
    # Applications that share a host must not overwrite each other's cookie.
    cookie = "session" + re.sub(r"[^A-Za-z0-9]+", "-", settings.script_name)
    return {
        "DEBUG": settings.debug,
        "TESTING": settings.mode == "testing",
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SECRET_KEY_FALLBACKS": [key.get_secret_value() for key in settings.secret_key_fallbacks],
        "MAX_CONTENT_LENGTH": settings.max_content_length,
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        # Browsers take a __Host- cookie only over https, for this host alone, and for the whole of it.
        "SESSION_COOKIE_NAME": f"__Host-{cookie}" if secure else cookie,
        "SESSION_COOKIE_PATH": "/" if secure else settings.script_name or "/",
        # Each answer would bring the cookie else: no cache keeps it, and a late one brings back an older sign-in.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": max(_A_MONTH, settings.session_absolute_lifetime),
    }
