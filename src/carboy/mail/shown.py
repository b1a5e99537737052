"""Two that send nothing: the terminal, and a list for tests."""

import re
import sys
from dataclasses import dataclass, field
from typing import TextIO

from carboy.mail.letter import Letter
from carboy.mail.transport import Receipt

_COMMANDS = re.compile(r"[^\S\r\n\t ]|[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # of the terminal, not of the text


@dataclass(frozen=True)
class Console:
    """Writes letters for people to read."""

    stream: TextIO | None = None

    def deliver(self, letter: Letter) -> Receipt:
        """Write it."""
        bytes(letter)  # what cannot be written as a mail fails here as well
        message = letter.message
        head = f"Subject: {message.subject}\nFrom: {letter.sender}\nMessage-ID: {letter.message_id}\n"
        body = _COMMANDS.sub("\N{REPLACEMENT CHARACTER}", message.text)
        stream = self.stream or sys.stderr
        stream.write(f"\n-- mail for {', '.join(letter.recipients)}\n{head}\n{body}\n-- end of mail\n")
        stream.flush()
        return Receipt()


@dataclass(frozen=True)
class Memory:
    """Keeps letters in a list."""

    letters: list[Letter] = field(default_factory=list)

    def deliver(self, letter: Letter) -> Receipt:
        """Keep it; what could not be written as a mail fails here as it would elsewhere."""
        bytes(letter)
        self.letters.append(letter)
        return Receipt()
