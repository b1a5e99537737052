"""A mail server. It is told each recipient by itself, and may take some and not others.

What a server cannot do for now (4xx, no connection, no answer in time) is put off; what it will never do (5xx) is
refused. User and password are said to a server that has proved its name, and appear in no error.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from carboy.errors import SetupError
from carboy.mail.letter import Letter
from carboy.mail.transport import NotTaken, Receipt

if TYPE_CHECKING:
    from smtplib import SMTP, SMTPResponseException
    from ssl import SSLContext

Security = Literal["starttls", "tls", "none"]

_FIRST_THAT_IS_FINAL = 500
_WHO_ARE_YOU = 530
_LONGEST_ANSWER = 200
_GOODBYE_SECONDS = 2.0

Answers = Mapping[str, tuple[int, bytes]]


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """A mail server, one connection for each letter."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None  # of an authority of one's own
    own_name: str = "localhost"  # looked up in DNS otherwise, which may take its time
    step_seconds: float = 15.0
    total_seconds: float = 30.0  # well below the lease of a job

    def deliver(self, letter: Letter) -> Receipt:
        """Hand over the letter to all its recipients at once."""
        with self._connected() as server:
            receipt = _hand_over(server, letter)
            _say_goodbye(server)
            return receipt

    @contextmanager
    def _connected(self) -> "Iterator[SMTP]":
        from smtplib import SMTPException

        tls = self._tls()
        server = self._unconnected(tls)
        try:
            with _cut_off_after(self.total_seconds, server):
                self._introduce(server, tls)
                yield server
        except (SMTPException, OSError) as error:
            raise NotTaken(f"{self.host}:{self.port} takes no mail for now: {_told(error)}") from error
        finally:
            server.close()

    def _tls(self) -> "SSLContext | None":
        if self.security == "none":
            return None
        import ssl

        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise SetupError(f"The certificates that MAIL_URL names cannot be read: {error}") from error

    def _unconnected(self, tls: "SSLContext | None") -> "SMTP":
        from smtplib import SMTP, SMTP_SSL

        if self.security == "tls":
            server: SMTP = SMTP_SSL(local_hostname=self.own_name, timeout=self.step_seconds, context=tls)
        else:
            server = SMTP(local_hostname=self.own_name, timeout=self.step_seconds)
        server._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001  (the name to look for in its certificate)
        return server

    def _introduce(self, server: "SMTP", tls: "SSLContext | None") -> None:
        from smtplib import SMTPAuthenticationError, SMTPConnectError, SMTPNotSupportedError
        from ssl import SSLCertVerificationError

        try:
            code, greeting = server.connect(self.host, self.port)
            if code != 220:
                raise SMTPConnectError(code, greeting)
            if self.security == "starttls":
                server.starttls(context=tls)
            if self.user:
                server.login(self.user, self.password)
        except SMTPNotSupportedError as error:
            raise SetupError(f"{self.host}:{self.port} cannot do what MAIL_URL asks for: {error}") from error
        except SSLCertVerificationError as error:
            told = f"{self.host}:{self.port} has not proved its name: {error.verify_message}"
            raise SetupError(f"{told} If it has a certificate of your own authority, add ?ca=… to MAIL_URL.") from error
        except SMTPAuthenticationError as error:
            # Some servers repeat what they did not understand, and that was the password.
            told = f"{self.host}:{self.port} does not take the user and the password of MAIL_URL"
            raise SetupError(f"{told} (it answered {error.smtp_code}).") from None


@contextmanager
def _cut_off_after(seconds: float, server: "SMTP") -> Iterator[None]:
    """End the connection in the end: a server may say a letter now and then, and each is in time."""
    import socket

    over = threading.Event()

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            if server.sock is not None:
                with suppress(OSError):
                    socket.socket.shutdown(server.sock, socket.SHUT_RDWR)
            wait = 0.1  # it may not have been connected yet

    threading.Thread(target=watch, name="carboy-mail-time-out", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _hand_over(server: "SMTP", letter: Letter) -> Receipt:
    from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

    everybody = letter.recipients
    try:
        return _sorted(server.sendmail(letter.return_address, everybody, bytes(letter)))
    except SMTPRecipientsRefused as error:
        # Where the server breaks off, nobody has it, also those whom it would have taken.
        unasked: Answers = dict.fromkeys(everybody, (450, b"the server broke off"))
        return _sorted({**unasked, **error.recipients})
    except (SMTPSenderRefused, SMTPDataError) as error:
        if error.smtp_code == _WHO_ARE_YOU:
            raise SetupError(f"The mail server wants to know who we are: {_told(error)}") from error
        return _sorted(dict.fromkeys(everybody, _answer(error)))


def _sorted(answers: Answers) -> Receipt:
    put_off = {who: _sentence(*answer) for who, answer in answers.items() if answer[0] < _FIRST_THAT_IS_FINAL}
    return Receipt(put_off, {who: _sentence(*answer) for who, answer in answers.items() if who not in put_off})


def _say_goodbye(server: "SMTP") -> None:
    # The letter is theirs by now, whatever becomes of this.
    with suppress(Exception):
        if server.sock is not None:
            server.sock.settimeout(_GOODBYE_SECONDS)
        server.quit()


def _answer(error: "SMTPResponseException") -> tuple[int, bytes]:
    said = error.smtp_error
    return error.smtp_code, said.encode() if isinstance(said, str) else said


def _told(error: Exception) -> str:
    from smtplib import SMTPResponseException

    return _sentence(*_answer(error)) if isinstance(error, SMTPResponseException) else str(error) or "no answer in time"


def _sentence(code: int, said: bytes) -> str:
    words = " ".join(said.decode("utf-8", "replace").split())
    printable = "".join(character if character.isprintable() else "?" for character in words)
    return f"{code} {printable}"[:_LONGEST_ANSWER]
