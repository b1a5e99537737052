"""A folder with one .eml file for each letter; and reading it, for the development mailbox."""

import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from carboy.mail.letter import Letter
from carboy.mail.transport import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LINK = re.compile(r"""https?://[^\s<>"'\\^`{|}]+""")
_ENVELOPE = "X-Envelope-To"
_AFTER_A_LINK = ".,;:!?)]"


@dataclass(frozen=True)
class Folder:
    """Writes each letter into a file, named so that they sort by time. `keep` is how many, the newest."""

    path: Path
    keep: int | None = None

    def deliver(self, letter: Letter) -> Receipt:
        """Write it, whole or not at all. One that is sent again has the same name, and is there once."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        envelope = "".join(f"{_ENVELOPE}: {address}\r\n" for address in letter.recipients)
        with tempfile.NamedTemporaryFile(dir=self.path, prefix=".", delete=False) as file:
            file.write(envelope.encode() + bytes(letter))  # bcc is told: nobody gets this file
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self.path / f"{letter.id}.eml")  # noqa: PTH105  (atomic is the point, and this says so)
        self._keep_names()
        self._forget_the_oldest()
        return Receipt()

    def letters(self) -> "Iterator[KeptLetter]":
        """Yield what is there, the newest first."""
        for file in self._files():
            if found := self.find(UUID(file.stem)):
                yield found

    def find(self, letter_id: UUID) -> "KeptLetter | None":
        """Return one of them, if it is there."""
        from email import message_from_bytes, policy

        try:
            raw = (self.path / f"{letter_id}.eml").read_bytes()
        except FileNotFoundError:
            return None
        if not raw.startswith(_ENVELOPE.encode()):  # somebody else's file
            return None
        return KeptLetter(letter_id, raw, message_from_bytes(raw, policy=policy.default))

    def _keep_names(self) -> None:
        # The name of a new file is kept by its folder: without this, a cut of the power may lose it.
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _files(self) -> list[Path]:
        # The ids of jobs begin with the time.
        return sorted((file for file in self.path.glob("*.eml") if _OURS.fullmatch(file.stem)), reverse=True)

    def _forget_the_oldest(self) -> None:
        if self.keep is not None:
            for file in self._files()[self.keep :]:
                file.unlink(missing_ok=True)


@dataclass(frozen=True)
class KeptLetter:
    """A letter that was read from its file."""

    id: UUID
    raw: bytes
    email: "EmailMessage"

    @property
    def subject(self) -> str:
        """What it is about."""
        return self._header("Subject")

    @property
    def sender(self) -> str:
        """Whom it is from."""
        return self._header("From")

    @property
    def to(self) -> list[str]:
        """Everybody who gets it, by the bare address."""
        return [str(value) for value in self.email.get_all(_ENVELOPE, [])]

    @property
    def cc(self) -> str:
        """Who gets a copy, as everybody can read."""
        return self._header("Cc")

    @property
    def reply_to(self) -> str:
        """Where answers go, if not to the sender."""
        return self._header("Reply-To")

    @property
    def attachments(self) -> list[str]:
        """The names of the files that go with it."""
        return [str(part.get_filename()) for part in self.email.iter_attachments()]

    @property
    def date(self) -> datetime:
        """When it was written."""
        found: Any = self.email["Date"]
        moment: datetime = found.datetime
        return moment

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What its head says."""
        return [(name, str(value)) for name, value in self.email.items()]

    @property
    def text(self) -> str:
        """What it says."""
        return self._body("plain") or ""

    @property
    def html(self) -> str | None:
        """What it says with looks, if it has any."""
        return self._body("html")

    @property
    def links(self) -> list[str]:
        """Where it leads, each address once."""
        from html import unescape

        found = _LINK.findall(self.text) + _LINK.findall(unescape(self.html or ""))
        return list(dict.fromkeys(link.rstrip(_AFTER_A_LINK) for link in found))

    def _header(self, name: str) -> str:
        return str(self.email[name] or "")

    def _body(self, kind: str) -> str | None:
        part: Any = self.email.get_body((kind,))
        return None if part is None else str(part.get_content()).replace("\r\n", "\n").rstrip("\n")
