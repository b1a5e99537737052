"""A mail server. It is told each recipient by itself, and may take some and not others.

What a server cannot do for now (4xx, no connection, no answer in time) is put off; what it will never do (5xx) is
refused. User and password are said to a server that has proved its name, and appear in no error.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from carboy.errors import SetupError
from carboy.mail.letter import Letter
from carboy.mail.transport import NotTaken, Receipt

if TYPE_CHECKING:
    from smtplib import SMTP
    from ssl import SSLContext

Security = Literal["starttls", "tls", "none"]


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
    step_seconds: float = 15.0  # for each answer, and for connecting to each address that the host has
    total_seconds: float = 30.0  # once it is connected, until it wants the letter
    taking_seconds: float = 300.0  # from then on

    def deliver(self, letter: Letter) -> Receipt:
        """Hand over the letter to all its recipients at once."""
        from smtplib import SMTPException

        from carboy.mail.conversation import TimeLimit, hand_over, say_goodbye

        tls = self._tls()
        server = self._unconnected(tls)
        try:
            with TimeLimit(server, self.total_seconds) as limit:
                self._introduce(server, tls)
                receipt = hand_over(server, letter, limit, self.taking_seconds)
                say_goodbye(server)
                return receipt
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
            raise SetupError(f"The certificates that MAIL_URL names cannot be read. Mend its ?ca=…: {error}") from error

    def _unconnected(self, tls: "SSLContext | None") -> "SMTP":
        from smtplib import SMTP, SMTP_SSL

        if self.security == "tls":
            server: SMTP = SMTP_SSL(local_hostname=self.own_name, timeout=self.step_seconds, context=tls)
        else:
            server = SMTP(local_hostname=self.own_name, timeout=self.step_seconds)
        server._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001  (the name to look for in its certificate)
        return server

    def _introduce(self, server: "SMTP", tls: "SSLContext | None") -> None:
        from smtplib import SMTPConnectError, SMTPNotSupportedError
        from ssl import SSLCertVerificationError

        try:
            code, greeting = server.connect(self.host, self.port)
            if code != 220:
                raise SMTPConnectError(code, greeting)
            if self.security == "starttls":
                server.starttls(context=tls)
            if self.user:
                self._log_in(server)
        except SMTPNotSupportedError as error:
            told = f"{self.host}:{self.port} cannot do what MAIL_URL asks for: {error}"
            raise SetupError(f"{told} Mend its scheme, its user or its ?tls=…, or take another server.") from error
        except SSLCertVerificationError as error:
            told = f"{self.host}:{self.port} has not proved its name: {error.verify_message}"
            raise SetupError(f"{told} If it has a certificate of your own authority, add ?ca=… to MAIL_URL.") from error

    def _log_in(self, server: "SMTP") -> None:
        from smtplib import SMTPAuthenticationError, SMTPException

        try:
            server.login(self.user, self.password)
        except SMTPAuthenticationError as error:
            # Some servers repeat what they did not understand, and that was the password.
            told = f"{self.host}:{self.port} does not take the user and the password of MAIL_URL"
            raise SetupError(f"{told} (it answered {error.smtp_code}). Mend them.") from None
        except SMTPException as error:
            if type(error) is not SMTPException:  # which smtplib raises where it knows none of the ways to log in
                raise
            raise SetupError(
                f"{self.host}:{self.port} wants the password of MAIL_URL in an unknown way."
                " Ask whoever runs it for PLAIN, LOGIN or CRAM-MD5."
            ) from error


def _told(error: Exception) -> str:
    from smtplib import SMTPResponseException

    from carboy.mail.conversation import sentence

    if isinstance(error, SMTPResponseException):
        return sentence(error.smtp_code, error.smtp_error)
    return str(error) or "no answer in time"
