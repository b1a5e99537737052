"""`Message`: what is to be said to whom. It cannot be made wrong, and it does not change."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from carboy.errors import Invalid, SetupError
from carboy.mail import addresses, headers
from carboy.mail.addresses import Address
from carboy.mail.attachment import LARGEST_TOGETHER, Attachment

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
# Said by the other fields, or by us alone.
_OURS = {
    "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "auto-submitted",
    "x-request-id", "return-path", "received",
}  # fmt: skip
_TO_SOMEBODY = ("to", "cc", "bcc", "reply_to", "sender")

Some = str | Address | Sequence[str | Address]


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
    sender: str | Address | None = None
    reply_to: Some = ()
    cc: Some = ()
    bcc: Some = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()

    def __post_init__(self) -> None:
        for name in _TO_SOMEBODY[:-1]:
            object.__setattr__(self, name, _written(name, getattr(self, name)))
        if self.sender is not None:
            object.__setattr__(self, "sender", *_written("sender", self.sender))
        object.__setattr__(self, "headers", dict(self.headers))
        object.__setattr__(self, "attachments", tuple(self.attachments))
        for mistake in self._mistakes():
            raise SetupError(mistake)
        if problems := {name: [sentence] for name, sentence in self._problems()}:
            told = "; ".join(f"{name} {sentence}" for name, (sentence,) in problems.items())
            raise Invalid(f"This cannot be sent by mail: {told}.", problems)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody who gets it, each once, by the bare address in ASCII."""
        everybody = (*self.said("to"), *self.said("cc"), *self.said("bcc"))
        return tuple(dict.fromkeys(addresses.parse(text).address for text in everybody))

    def said(self, name: str) -> tuple[str, ...]:
        """Return the addresses that a field has, as text."""
        said = getattr(self, name)
        return (said,) if isinstance(said, str) else said or ()

    def _mistakes(self) -> Iterator[str]:
        for name, text in (("subject", self.subject), ("text", self.text), ("html", self.html or "")):
            if not isinstance(text, str):
                yield f"The {name} of a message must be text, and not {text!r:.50}."
        for name in self.headers:
            if not _HEADER.fullmatch(name) or name.lower() in _OURS or name.lower().startswith("content-"):
                yield f"A message cannot have the header {name!r}: it is none, or has a field of its own. Leave it out."
        if not (self.to or self.cc or self.bcc):
            yield "A message has nobody to go to. Say to=, cc= or bcc=."
        if sum(len(one.content) for one in self.attachments) > LARGEST_TOGETHER:
            yield f"The attachments of a message have more than {LARGEST_TOGETHER} bytes together. Send a link instead."

    def _problems(self) -> Iterator[tuple[str, str]]:
        for name in _TO_SOMEBODY:
            for text in self.said(name):
                try:
                    addresses.parse(text)
                except ValueError as error:
                    yield name, str(error)
        for name, text in {"subject": self.subject, **self.headers}.items():
            if found := addresses.unfit_for_a_line(text):
                yield name, found
        for name, text in self.headers.items():
            if text.lstrip().startswith("<") and not headers.is_plain(text):
                yield name, "must be plain ASCII: what is in <…> is for machines, which would not decode it"
        for name, body in (("text", self.text), ("html", self.html or "")):
            if re.search("[\ud800-\udfff]", body):
                yield name, "must have no half surrogate pairs"


def _written(name: str, said: Some | None) -> tuple[str, ...]:
    several = tuple(said or ()) if isinstance(said, Iterable | None) and not isinstance(said, str) else (said,)
    for one in several:
        if not isinstance(one, str | Address):
            raise SetupError(f"The {name} of a message must be an address or several, and not {one!r:.50}.")
    return tuple(map(str, several))
