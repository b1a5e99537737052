"""A message on its way. The same job makes the same letter each time: what comes twice can be known by its name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carboy.mail import addresses, headers
from carboy.mail.message import Message

_PLAIN = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message with all that it needs to travel."""

    id: UUID
    message: Message
    sender: str
    recipients: Sequence[str]  # of the envelope: who gets it now
    host: str
    written_at: datetime
    request_id: str | None = None

    @property
    def message_id(self) -> str:
        """Its name in the world, the same whenever it is sent again."""
        return f"<{self.id}@{self.host}>"

    @property
    def return_address(self) -> str:
        """Where the envelope comes from: whoever cannot deliver it answers there."""
        return addresses.parse(self.sender).address

    def head(self) -> Iterator[tuple[str, str]]:
        """Yield its headers as they travel. Who is in bcc is not among them."""
        from email.utils import format_datetime

        message = self.message
        yield "Subject", headers.text("Subject", message.subject)
        said = {"To": message.said("to"), "Cc": message.said("cc"), "Reply-To": message.said("reply_to")}
        yield "From", headers.mailboxes("From", [self.sender])
        yield from ((name, headers.mailboxes(name, some)) for name, some in said.items() if some)
        yield "Date", format_datetime(self.written_at)
        yield "Message-ID", self.message_id
        yield "Auto-Submitted", "auto-generated"  # whoever is on holiday need not tell us
        if self.request_id and _PLAIN.fullmatch(self.request_id):
            yield "X-Request-ID", headers.text("X-Request-ID", self.request_id)
        yield from ((name, headers.text(name, value)) for name, value in message.headers.items())

    def __bytes__(self) -> bytes:
        head = "".join(f"{name}: {value}{headers.LINE_BREAK}" for name, value in self.head())
        return head.encode("ascii") + self._body()

    def _body(self) -> bytes:
        from email import policy
        from email.message import EmailMessage

        body = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
        body.set_content(self.message.text)
        if self.message.html is not None:
            body.add_alternative(self.message.html, subtype="html")
        for one in self.message.attachments:
            body.add_attachment(one.content, *one.kind, filename=one.name)
        return bytes(body)
