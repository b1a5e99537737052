"""`Message`: what is to be said to whom. It cannot be made wrong, and it does not change."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from carboy.errors import Invalid, SetupError
from carboy.mail import addresses

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
# Said by the other fields, or by us alone.
_OURS = {
    "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "auto-submitted",
    "x-request-id", "return-path", "received",
}  # fmt: skip

Some = str | Sequence[str]


@dataclass(frozen=True)
class Message:
    """A mail: `Message(to="ada@example.org", subject="Welcome", text="…")`.

    An address or a subject that cannot be is `Invalid`: it may be a visitor's. Nobody to send to, or a header that is
    not yours to say, is a `SetupError`.
    """

    to: Some
    subject: str
    text: str
    html: str | None = None
    sender: str | None = None
    reply_to: Some = ()
    cc: Some = ()
    bcc: Some = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("to", "reply_to", "cc", "bcc"):
            said = getattr(self, name)
            object.__setattr__(self, name, (said,) if isinstance(said, str) else tuple(said))
        object.__setattr__(self, "headers", dict(self.headers))
        for name in self.headers:
            if not _HEADER.fullmatch(name) or name.lower() in _OURS or name.lower().startswith("content-"):
                raise SetupError(
                    f"A message cannot have the header {name!r}: it is not one, or has a field of its own."
                )
        if problems := {name: [sentence] for name, sentence in self._problems()}:
            told = "; ".join(f"{name} {sentence}" for name, (sentence,) in problems.items())
            raise Invalid(f"This cannot be sent by mail: {told}.", problems)
        if not self.recipients:
            raise SetupError("A message has nobody to go to. Say to=, cc= or bcc=.")

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody who gets it, each once, by the bare address in ASCII."""
        everybody = (*self.to, *self.cc, *self.bcc)
        return tuple(dict.fromkeys(addresses.parse(text).spec for text in everybody))

    def _problems(self) -> Iterator[tuple[str, str]]:
        for name in ("to", "cc", "bcc", "reply_to", "sender"):
            said = getattr(self, name)
            for text in (said,) if isinstance(said, str) else said or ():
                try:
                    addresses.parse(text)
                except ValueError as error:
                    yield name, str(error)
        for name, text in {"subject": self.subject, **self.headers}.items():
            if found := addresses.unfit_for_a_line(text):
                yield name, found
        for name, body in (("text", self.text), ("html", self.html or "")):
            if re.search("[\ud800-\udfff]", body):
                yield name, "must have no half surrogate pairs"
