"""Rules about passwords, and about how long sign-ins last."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from carboy.settings.ruling import rule

if TYPE_CHECKING:
    from carboy.settings import Settings


@rule(
    "accounts.refresh-too-short",
    "jwt_refresh_token_expires",
    "jwt_access_token_expires",
    everywhere=True,
    remedy="Raise JWT_REFRESH_TOKEN_EXPIRES.",
)
def _refresh_outlives_access(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """A refresh token lives longer than an access token."""
    if settings.jwt_refresh_token_expires <= settings.jwt_access_token_expires:
        yield "must be longer than JWT_ACCESS_TOKEN_EXPIRES: a token is refreshed after the shorter one has ended"


@rule(
    "accounts.refresh-too-long",
    "jwt_refresh_token_expires",
    "session_absolute_lifetime",
    everywhere=True,
    remedy="Lower JWT_REFRESH_TOKEN_EXPIRES, or raise SESSION_ABSOLUTE_LIFETIME.",
)
def _refresh_ends_with_the_session(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """No token outlives its sign-in."""
    if settings.jwt_refresh_token_expires > settings.session_absolute_lifetime:
        yield "must not be longer than SESSION_ABSOLUTE_LIFETIME: no token outlives the sign-in that it comes from"


@rule(
    "accounts.session-lifetimes",
    "session_absolute_lifetime",
    "session_lifetime",
    everywhere=True,
    remedy="Lower SESSION_LIFETIME, or raise SESSION_ABSOLUTE_LIFETIME.",
)
def _the_end_comes_last(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """A sign-in without requests ends before one with."""
    if settings.session_absolute_lifetime < settings.session_lifetime:
        yield "must not be shorter than SESSION_LIFETIME: that would never be reached"


@rule(
    "accounts.password-lengths",
    "password_max_length",
    "password_min_length",
    everywhere=True,
    remedy="Lower PASSWORD_MIN_LENGTH.",
)
def _some_password_fits(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Some password is neither too short nor too long."""
    if settings.password_max_length < settings.password_min_length:
        yield "must not be less than PASSWORD_MIN_LENGTH: no password would fit"


@rule(
    "accounts.throttling",
    "auth_throttling",
    remedy="Take AUTH_THROTTLING away.",
)
def _guessing_costs(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Who guesses passwords is turned away."""
    if not settings.auth_throttling:
        yield "must be on: without it passwords can be guessed as fast as we can answer"
