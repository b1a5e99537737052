"""What can go wrong, and what it means over HTTP. Domain code raises these; it never names a status.

CarboyError                 500   the family; catch it to catch them all
├── SetupError              500   the programmer or operator must act; says what to do
│   └── SettingsError       500   wrong settings, all of them at once; processes exit with 78
├── Malformed               400   it cannot even be read
├── Unauthenticated         401   we do not know you; carries .challenge
│   └── ReauthenticationRequired 401   we know you; prove once more that it is you
├── Refused                 403   we know you, and no
├── NotFound                404   not there, or not yours to see
├── Conflict                409   someone was faster, or it already exists
├── PreconditionFailed      412   you have seen another version than ours
├── UnsupportedMedia        415   not a kind of body that we take here
├── Invalid                 422   understood, and not acceptable; carries .violations, or .problems = {field: [message]}
├── PreconditionRequired    428   say which version you have seen
├── Throttled               429   too many at once; carries .retry_after seconds
└── Busy                    503   try again shortly; carries .retry_after seconds
    └── Unmigrated          503   the database is behind the code; says which command to run
"""

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

# What the system says where a disk, or somebody's share of it, is used up: room may be made, so it is no bug of ours.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class CarboyError(Exception):
    """The family of every error that Carboy raises on purpose."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    # The work of a request that ends in an error is rolled back, unless the error says that it must stay:
    # a replayed token kills its family of tokens, and the kill has to survive the 401.
    commits: bool = False
    # What whoever gets it can do, for the page that explains it. Without, the nearest error above says.
    advice: ClassVar[str] = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail

    @property
    def public_detail(self) -> str:
        """What a visitor may read. Only a client's own mistakes are explained to them."""
        return self.detail if self.status < 500 else ""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields that belong to the answer."""
        return {}


class SetupError(CarboyError):
    """The application is put together wrongly. The message says what to do."""

    code = "setup"


class SettingsError(SetupError):
    """One or more settings are wrong. The message lists them all, and never a secret's value."""

    code = "settings"
    exit_code: ClassVar[int] = 78  # EX_CONFIG: a supervisor can tell "do not restart me, mend me"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = "One setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__("\n".join([f"{count} wrong:", *(f"  - {problem}" for problem in problems)]))


class Malformed(CarboyError):
    """The request cannot be read: broken JSON, bytes that are no text, a header that follows no grammar."""

    status = 400
    code = "malformed"
    title = "Your request cannot be read"


class Unauthenticated(CarboyError):
    """We do not know who asks, or do not believe it."""

    status = 401
    code = "unauthenticated"
    title = "Please say who you are"
    is_guess: ClassVar[bool] = True  # False: what was brought was good once, and nobody guesses that

    def __init__(self, detail: str = "", *, challenge: str = "") -> None:
        super().__init__(detail)
        self.challenge = challenge

    @property
    def headers(self) -> Mapping[str, str]:
        """Say which credentials would help."""
        return {"WWW-Authenticate": self.challenge} if self.challenge else {}


class ReauthenticationRequired(Unauthenticated):
    """We know who asks, and this needs a fresh proof of it: their password, typed once more."""

    code = "reauthentication-required"
    title = "Please prove once more who you are"


class Refused(CarboyError):
    """We know who asks, and the answer is no."""

    status = 403
    code = "forbidden"
    title = "You may not do that"


class NotFound(CarboyError):
    """It is not there, or it is not the caller's to see. Both read the same on purpose."""

    status = 404
    code = "not-found"
    title = "There is nothing here"


class Conflict(CarboyError):
    """Someone was faster, or what should be new already exists."""

    status = 409
    code = "conflict"
    title = "That clashes with what is already there"


class PreconditionFailed(CarboyError):
    """The caller has seen another version than the one that is stored."""

    status = 412
    code = "precondition-failed"
    title = "It has changed since you saw it"


class UnsupportedMedia(CarboyError):
    """The body is of a kind that is not taken here."""

    status = 415
    code = "unsupported-media-type"
    title = "That kind of body is not taken here"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing in a request that breaks its contract."""

    where: str  # body, query, path, header or form
    name: str  # in a body a JSON pointer such as #/tags/0/name, elsewhere the parameter's name
    code: str  # the keyword of JSON Schema that it breaks
    detail: str  # a sentence; never the value itself


class Invalid(CarboyError):
    """The request is understood and cannot be accepted as it is.

    Contracts fill `violations`. Rules of the domain, which know fields and no HTTP, say `problems`.
    """

    status = 422
    code = "invalid"
    title = "Your request breaks its contract"

    def __init__(
        self,
        detail: str = "",
        problems: Mapping[str, Sequence[str]] | None = None,
        *,
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(detail)
        self.problems = {field: list(messages) for field, messages in (problems or {}).items()}
        self.violations = tuple(violations)


class PreconditionRequired(CarboyError):
    """The change must say which version it changes."""

    status = 428
    code = "precondition-required"
    title = "Say which version you have seen"


class Throttled(CarboyError):
    """The caller has asked too often."""

    status = 429
    code = "rate-limited"
    title = "That was too often"

    def __init__(self, detail: str = "", *, retry_after: int = 60) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """Say when to come back."""
        return {"Retry-After": str(self.retry_after)}


class Busy(CarboyError):
    """A part that we need cannot answer now. Nothing was stored; trying again is safe."""

    status = 503
    code = "busy"
    title = "We are busy just now"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """Say when to come back."""
        return {"Retry-After": str(self.retry_after)}


class Unmigrated(Busy):
    """The database has not had the migrations that this code needs."""

    code = "unmigrated"
    title = "We are being updated"
