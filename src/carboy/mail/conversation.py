"""How a letter is told to a mail server: to whom, and what it answers for each of them. It ends in time."""

import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from carboy.errors import SetupError
from carboy.mail.letter import Letter
from carboy.mail.transport import Receipt

if TYPE_CHECKING:
    from smtplib import SMTP

_GO_ON, _BREAKS_OFF, _WHO_ARE_YOU, _TOO_LARGE = 354, 421, 530, 552
_LONGEST_ANSWER = 200
_GOODBYE_SECONDS = 2.0

Answer = tuple[int, bytes]


class TimeLimit:
    """Ends a connection in the end: a server may say a letter now and then, and each is in time."""

    def __init__(self, server: "SMTP", seconds: float) -> None:
        self._server = server
        self._ends_at = time.monotonic() + seconds
        self._over, self._cut = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="carboy-mail-time-limit", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def give(self, seconds: float) -> None:
        """Let it last so long from now on, and each of its answers as well."""
        self._ends_at = time.monotonic() + seconds
        if self._server.sock is not None:
            self._server.sock.settimeout(seconds)

    def check(self) -> None:
        """Raise if it has ended: half an answer looks like a whole one."""
        if self._cut.is_set():
            raise TimeoutError("no answer in time")

    def _watch(self) -> None:
        while not self._over.wait(max(self._ends_at - time.monotonic(), 0.1)):  # it may not be connected yet
            if time.monotonic() >= self._ends_at and self._server.sock is not None:
                self._cut.set()
                with suppress(OSError):
                    socket.socket.shutdown(self._server.sock, socket.SHUT_RDWR)


def hand_over(server: "SMTP", letter: Letter, limit: TimeLimit, taking_seconds: float) -> Receipt:
    """Tell the letter, and return who does not have it."""
    content = bytes(letter)
    answer = _name_sender(server, letter, len(content))
    answers: dict[str, Answer] = {}
    for who in letter.recipients if _is_yes(answer) else ():
        answer = answers[who] = _not_for_us(server.rcpt(who))
        if answer[0] == _BREAKS_OFF:
            break
    else:
        if any(map(_is_yes, answers.values())):
            answer = _not_for_us(_tell(server, content, limit, taking_seconds))
    # A yes to somebody is worth what is said in the end; a no stays.
    final = {who: own for who, own in answers.items() if not _is_yes(own)}
    return _receipt(dict.fromkeys(letter.recipients, answer) | final)


def say_goodbye(server: "SMTP") -> None:
    """Leave. The letter is theirs by now, whatever becomes of this."""
    with suppress(Exception):
        if server.sock is not None:
            server.sock.settimeout(_GOODBYE_SECONDS)
        server.quit()


def sentence(code: int, said: bytes | str) -> str:
    """Return an answer as it can be shown."""
    words = " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())
    printable = "".join(character if character.isprintable() else "?" for character in words)
    return f"{code} {printable}"[:_LONGEST_ANSWER]


def _name_sender(server: "SMTP", letter: Letter, size: int) -> Answer:
    server.ehlo_or_helo_if_needed()
    answer = _not_for_us(server.mail(letter.return_address, [f"size={size}"] if server.has_extn("size") else []))
    if answer[0] >= 500 and answer[0] != _TOO_LARGE:
        told = f"The mail server takes no mail from {letter.return_address} ({sentence(*answer)})."
        raise SetupError(f"{told} Mend MAIL_SENDER, or the sender of this message.")
    return answer


def _tell(server: "SMTP", content: bytes, limit: TimeLimit, seconds: float) -> Answer:
    answer = server.docmd("data")
    if answer[0] != _GO_ON:
        return answer
    # From here on it may take the letter without our hearing of it: whoever hangs up sends it twice.
    limit.give(seconds)
    server.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
    answer = server.getreply()
    limit.check()
    return answer


def _not_for_us(answer: Answer) -> Answer:
    if answer[0] == _WHO_ARE_YOU:
        raise SetupError(
            f"The mail server wants to know who we are. Put a user and a password into MAIL_URL."
            f" It says: {sentence(*answer)}"
        )
    return answer


def _is_yes(answer: Answer) -> bool:
    return 200 <= answer[0] < 300


def _receipt(answers: Mapping[str, Answer]) -> Receipt:
    no = {who: answer for who, answer in answers.items() if not _is_yes(answer)}
    put_off = {who: sentence(*answer) for who, answer in no.items() if answer[0] < 500}
    return Receipt(put_off, {who: sentence(*answer) for who, answer in no.items() if who not in put_off})
