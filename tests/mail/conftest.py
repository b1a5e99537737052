"""A mail server of its own for each test, on loopback, with the answers that the test wants."""

import asyncio
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from carboy.mail import Letter, Message, Smtp


@dataclass
class Postmaster:
    """What the server answers, and what it has taken."""

    taken: list = field(default_factory=list)  # pairs: to whom, what
    answers: dict = field(default_factory=dict)  # by address, or "DATA": answers one after the other, then 250
    credentials: list = field(default_factory=list)

    def answer(self, to):
        return self.answers[to].pop(0) if self.answers.get(to) else "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        if (answer := self.answer(address)).startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_MAIL(self, server, session, envelope, address, mail_options):  # noqa: N802
        envelope.mail_from = address
        return self.answer("MAIL")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if (answer := self.answer("DATA")).startswith("2"):
            self.taken.append((tuple(envelope.rcpt_tos), envelope.content))
        return answer

    def authenticate(self, server, session, envelope, mechanism, data):
        self.credentials.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"correct horse", handled=False)

    @property
    def mails(self):
        return [message_from_bytes(content, policy=policy.default) for _, content in self.taken]


@contextmanager
def served(postmaster, *, ssl_context=None, **options):
    """Run a mail server in a thread, and yield its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()

    def protocol():
        return SMTP(postmaster, hostname="sink", authenticator=postmaster.authenticate, loop=loop, **options)

    async def serve():
        server = await loop.create_server(protocol, sock=listening, ssl=ssl_context)
        await stopped.wait()
        server.close()

    def run():
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


@pytest.fixture
def postmaster():
    return Postmaster()


@pytest.fixture
def serve_mail(postmaster):
    """Starts a mail server and returns the transport that leads to it."""
    with ExitStack() as stack:

        def serve(*, security="none", ca_file=None, user="", password="", **options):
            port = stack.enter_context(served(postmaster, **options))
            return Smtp(
                host="localhost", port=port, security=security, ca_file=ca_file, user=user, password=password,
                step_seconds=5.0, total_seconds=10.0,
            )  # fmt: skip

        yield serve


@dataclass
class Certificate:
    file: object
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for localhost that no authority knows."""
    folder = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    made = ["-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(["openssl", *words.split(), *made], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Certificate(folder / "cert.pem", context)


@pytest.fixture
def make_letter():
    def make(to="ada@example.org", *, recipients=(), **fields):
        message = Message(**{"to": to, "subject": "Hello", "text": "How are you?"} | fields)
        return Letter(
            id=UUID(int=7),
            message=message,
            sender="Shop <shop@example.org>",
            recipients=recipients or message.recipients,
            host="shop.example.org",
            written_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        )

    return make
