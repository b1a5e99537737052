"""Access and refresh tokens: JWTs that we sign ourselves, with one algorithm and keys that only we have.

A key is drawn from SECRET_KEY and JWT_SECRET_KEY together: changing either ends every token, unless the old one is a
fallback. Tokens name their key (`kid`), their kind (`typ`), the sign-in (`sid`) and themselves (`jti`); nobody's name.
"""

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from carboy.accounts.refusals import TokenExpired, TokenInvalid

if TYPE_CHECKING:
    import jwt

ALGORITHM = "HS256"
ACCESS, REFRESH = "at+jwt", "rt+jwt"
LONGEST = 4096
_REQUIRED = {REFRESH: ["exp", "iat", "jti", "sid", "sub"], ACCESS: ["exp", "iat", "jti", "sid", "sub", "nbf", "ver"]}
LEEWAY_SECONDS = 10
MOST_KNOWN = 2048  # access tokens that were verified already; a kilobyte each


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token of ours says."""

    user_id: UUID
    session_id: UUID
    jti: UUID
    issued_at: datetime  # to the microsecond: a store that lost its memory refuses what is older than that moment
    expires_at: datetime
    version: int = 0  # of the user's tokens
    proven_at: datetime | None = None


class Signer:
    """Signs tokens, and reads those that it or its predecessors signed."""

    def __init__(self, keys: Iterable[tuple[bytes, bytes]], *, issuer: str, audience: str) -> None:
        drawn = [_drawn_from(*pair) for pair in keys]
        self._keys = {_name_of(key): key for key in reversed(drawn)}
        self._newest = drawn[0]
        self._issuer, self._audience = issuer, audience
        # To verify one takes a tenth of a small request, and who is at work sends the same again and again. None that
        # is wrong is kept. Whether it was revoked is asked elsewhere, each time.
        self._judged_once = lru_cache(maxsize=MOST_KNOWN)(self._judged)

    def access(self, claims: Claims) -> str:
        """Return the access token that says this."""
        proven = {"auth_time": int(claims.proven_at.timestamp())} if claims.proven_at else {}
        return self._sign(ACCESS, claims, {"nbf": int(claims.issued_at.timestamp()), "ver": claims.version, **proven})

    def refresh(self, claims: Claims) -> str:
        """Return the refresh token that says this: the same for the same claims."""
        return self._sign(REFRESH, claims, {})

    def read(self, token: str, kind: str) -> Claims:
        """Return what a token of this kind says, or refuse it."""
        if kind != ACCESS:
            return self._judged(token, kind)
        claims = self._judged_once(token, kind)
        if claims.expires_at.timestamp() <= time.time() - LEEWAY_SECONDS:
            raise TokenExpired
        return claims

    def _judged(self, token: str, kind: str) -> Claims:
        import jwt

        try:
            return _claims_in(self._verified(token, kind))
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise TokenInvalid from error

    def _verified(self, token: str, kind: str) -> dict[str, Any]:
        import jwt

        if len(token) > LONGEST:
            raise ValueError
        header = jwt.get_unverified_header(token)
        if header["typ"] != kind:
            raise ValueError
        return self._jwt.decode(
            token,
            self._keys[header["kid"]],
            algorithms=[ALGORITHM],
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED[kind], "strict_aud": True},
        )

    def _sign(self, kind: str, claims: Claims, more: dict[str, Any]) -> str:
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "jti": str(claims.jti),
            "iat": claims.issued_at.timestamp(),
            "exp": int(claims.expires_at.timestamp()),
            **more,
        }
        return self._jwt.encode(payload, self._newest, ALGORITHM, headers={"typ": kind, "kid": _name_of(self._newest)})

    @cached_property
    def _jwt(self) -> "jwt.PyJWT":
        import jwt

        return jwt.PyJWT(options={"enforce_minimum_key_length": True})


def _claims_in(payload: dict[str, Any]) -> Claims:
    return Claims(
        user_id=UUID(payload["sub"]),
        session_id=UUID(payload["sid"]),
        jti=UUID(payload["jti"]),
        issued_at=datetime.fromtimestamp(payload["iat"], UTC),
        expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        version=int(payload.get("ver", 0)),
        proven_at=datetime.fromtimestamp(payload["auth_time"], UTC) if "auth_time" in payload else None,
    )


def _drawn_from(secret_key: bytes, jwt_secret_key: bytes) -> bytes:
    """Return one key that needs both (HKDF of RFC 5869, with one block)."""
    both = len(secret_key).to_bytes(8) + secret_key + jwt_secret_key
    drawn = hmac.digest(b"carboy: tokens", both, hashlib.sha256)
    return hmac.digest(drawn, b"HS256\x01", hashlib.sha256)


def _name_of(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:8]
