"""What settings must keep to: some rules everywhere, more where strangers can reach the application. See ruling.py.

keys.py        keys that nobody can guess
stores.py      where rows, files, jobs, events and revoked tokens are kept
sign_ins.py    passwords, and how long sign-ins last
outside.py     what others reach, and how they are reached
advice.py      what works, and had better be changed
"""

from typing import Literal

DEPLOYED = ("staging", "production")
PLACEHOLDER = "change-me"
KEYS = ("secret_key", "jwt_secret_key")


def usual_live_manager(mode: str, redis_url: str | None) -> Literal["memory", "database", "redis"]:
    """Return how live events travel if nobody says it."""
    if mode == "testing":
        return "memory"
    return "redis" if redis_url else "database"
