"""`Hasher`: passwords as argon2id keeps them. It takes as long for nobody's password as for somebody's that it hashed.

Another program's hash, which is verified once more after it, takes longer until its user signs in the next time.

A password is hashed as it came, whole: nothing is cut off, stripped or normalised.
"""

import ctypes
import os
import platform
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from secrets import token_bytes
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from carboy.errors import Busy, Invalid, SetupError

if TYPE_CHECKING:
    from argon2 import Parameters, PasswordHasher

# What OWASP asks for at least.
LEAST_TIME_COST, LEAST_MEMORY_KIB = 2, 19456
LONGEST_PASSWORD = 1024  # bytes

_VERSION, _SALT_BYTES, _DIGEST_BYTES = 19, 16, 32
_WERKZEUG = ("scrypt:", "pbkdf2:")


class Hasher:
    """Hashes passwords and verifies them, some at once and no more: each takes memory and a processor.

    Who finds no turn within `patience` seconds gets `Busy`. `at_once` is the number of processors, unless you say it.
    """

    def __init__(
        self,
        *,
        time_cost: int = LEAST_TIME_COST,
        memory_kib: int = LEAST_MEMORY_KIB,
        parallelism: int = 1,
        at_once: int | None = None,
        patience: float = 2.0,
    ) -> None:
        if time_cost < LEAST_TIME_COST or memory_kib < LEAST_MEMORY_KIB or parallelism < 1:
            raise SetupError(
                f"Password hashes would be too cheap to guess: time_cost={time_cost}, memory_kib={memory_kib},"
                f" parallelism={parallelism}. Give {LEAST_TIME_COST}, {LEAST_MEMORY_KIB} and 1, or more."
            )
        if at_once is not None and at_once < 1:
            raise SetupError(f"Nobody would have a turn with at_once={at_once}. Give 1 or more, or None.")
        self._costs = (time_cost, memory_kib, parallelism)
        self._at_once = at_once or os.cpu_count() or 1
        self._turns = BoundedSemaphore(self._at_once)
        self._patience = patience
        self._nobodys = _hash_of_nobody(f"m={memory_kib},t={time_cost},p={parallelism}")

    def hash(self, password: str) -> str:
        """Return what to keep of the password."""
        secret = _as_bytes(password)
        if len(secret) > LONGEST_PASSWORD:
            raise Invalid(problems={"password": [f"Choose a shorter one: at most {LONGEST_PASSWORD} bytes."]})
        with self._turn():
            return self._argon2.hash(secret)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Say whether it is the password of that hash. None, or what is no hash at all, takes as long and is not."""
        secret, kept = _as_bytes(password), password_hash or self._nobodys
        if len(secret) > LONGEST_PASSWORD:
            secret, kept = b"", self._nobodys
        with self._turn():
            return self._verifies(kept, secret) or _verifies_as_werkzeug(kept, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether the hash is cheaper to guess than one made today: replace it, now that the password is known."""
        from argon2 import extract_parameters
        from argon2.exceptions import InvalidHashError

        try:
            return not _is_as_dear(extract_parameters(password_hash), self._argon2)
        except InvalidHashError:
            return True

    def _verifies(self, kept: str, secret: bytes) -> bool:
        """Verify once, whatever is kept: reading what is no hash would cost nothing, and nobody's costs the same."""
        from argon2.exceptions import VerificationError, VerifyMismatchError

        try:
            return self._argon2.verify(kept, secret)
        except VerifyMismatchError:
            return False
        except (VerificationError, ValueError):
            if kept == self._nobodys:
                raise
            return self._verifies(self._nobodys, secret)

    @cached_property
    def _argon2(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        _give_large_blocks_back()
        return PasswordHasher(*self._costs, salt_len=_SALT_BYTES, hash_len=_DIGEST_BYTES)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._patience):
            raise Busy(
                f"{self._at_once} passwords are being hashed, and none was done within {self._patience:g} s."
                " Start more processes on more processors, if this comes often."
            )
        try:
            yield
        finally:
            self._turns.release()


# Of glibc's malloc.h, and bytes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGE, _HEAP_LEFT = 8 << 20, 16 << 20


def _give_large_blocks_back() -> None:
    """Have what a hash takes returned to the system: glibc would keep 19 MiB for every thread that ever hashed."""
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _HEAP_LEFT)


def _as_bytes(password: str) -> bytes:
    """Encode it as it is, half a surrogate pair too; of one that is too long, enough to see that it is."""
    return password[: LONGEST_PASSWORD + 1].encode("utf-8", "surrogatepass")


def _hash_of_nobody(costs: str) -> str:
    """Return what reads like a hash of these costs, and no password has."""
    salt, digest = (b64encode(token_bytes(size)).decode().rstrip("=") for size in (_SALT_BYTES, _DIGEST_BYTES))
    return f"$argon2id$v={_VERSION}${costs}${salt}${digest}"


def _is_as_dear(kept: "Parameters", ours: "PasswordHasher") -> bool:
    return (
        kept.type == ours.type
        and kept.version >= _VERSION
        and kept.time_cost >= ours.time_cost
        and kept.memory_cost >= ours.memory_cost
        and kept.salt_len >= ours.salt_len
        and kept.hash_len >= ours.hash_len
    )


def _verifies_as_werkzeug(kept: str, password: str) -> bool:
    """Verify what an application kept before it came to us."""
    if not kept.startswith(_WERKZEUG):
        return False
    from werkzeug.security import check_password_hash

    try:
        return check_password_hash(kept, password)
    except (ValueError, TypeError, OverflowError):  # reads like a hash, and is none
        return False
