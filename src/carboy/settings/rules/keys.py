"""Rules about keys: nobody can guess them, and none is left as an example has it."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from carboy.settings.rules import KEYS, PLACEHOLDER
from carboy.settings.ruling import rule
from carboy.settings.weakness import weakness

if TYPE_CHECKING:
    from pydantic import SecretStr

    from carboy.settings import Settings

_NOT_SET = "is not set. `flask secrets` prints good ones"


def _weak(keys: "Collection[SecretStr]") -> Iterator[str]:
    for key in keys:
        if found := weakness(key.get_secret_value()):
            yield f"{found}. `flask secrets` prints good ones"


@rule(
    "settings.secret-key",
    "secret_key",
    remedy="Set it to one that `flask secrets` prints.",
)
def _secret_key(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    """Nobody can guess SECRET_KEY."""
    yield from _weak([settings.secret_key]) if "secret_key" in given else (_NOT_SET,)


@rule(
    "settings.secret-key-fallbacks",
    "secret_key_fallbacks",
    remedy="Take weak ones out: whatever they signed ends with them.",
)
def _secret_key_fallbacks(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Nobody can guess a key of yesterday either."""
    yield from _weak(settings.secret_key_fallbacks)


@rule(
    "settings.jwt-secret-key",
    "jwt_secret_key",
    remedy="Set it to one that `flask secrets` prints.",
)
def _jwt_secret_key(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    """Nobody can guess JWT_SECRET_KEY."""
    yield from _weak([settings.jwt_secret_key]) if "jwt_secret_key" in given else (_NOT_SET,)


@rule(
    "settings.jwt-secret-key-fallbacks",
    "jwt_secret_key_fallbacks",
    remedy="Take weak ones out: tokens that they signed end with them.",
)
def _jwt_secret_key_fallbacks(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Nobody can guess a key of yesterday for tokens either."""
    yield from _weak(settings.jwt_secret_key_fallbacks)


@rule(
    "settings.same-keys",
    "jwt_secret_key",
    "secret_key",
    "secret_key_fallbacks",
    remedy="Draw another JWT_SECRET_KEY: `flask secrets`.",
)
def _two_keys(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Cookies and tokens are signed with different keys."""
    if settings.jwt_secret_key in (settings.secret_key, *settings.secret_key_fallbacks):
        yield "must differ from SECRET_KEY: whoever learns one must not have both"


@rule("settings.placeholder", remedy="Fill it in, or take the line away.")
def _nothing_left_to_fill_in(settings: "Settings", given: Collection[str]) -> Iterator[tuple[str, str]]:
    """Nothing is left as an example has it."""
    for name in type(settings).model_fields:
        if name in given and name not in KEYS and PLACEHOLDER in _as_said(getattr(settings, name, "")).lower():
            yield name, "still holds the placeholder of the example"


def _as_said(value: object) -> str:
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if reveal else value)
