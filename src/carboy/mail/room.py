"""`Mail`: sending is asking for a job, in the transaction of the change that wants the mail. No web framework in sight.

mail = Mail(jobs, Smtp(host="mail.example.org", port=587), sender="hello@shop.example.org", base_url="https://…")
with database.transaction():
    mail.send(Message(to="ada@example.org", subject="Welcome", text="…"))
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from carboy import context
from carboy.errors import SetupError
from carboy.jobs import Done, Fail, Jobs, Running, job
from carboy.jobs.outcomes import Delay, Outcome
from carboy.mail import templates
from carboy.mail.letter import Letter
from carboy.mail.message import Message, Some
from carboy.mail.transport import NotTaken, Receipt, Transport

if TYPE_CHECKING:
    from jinja2 import Environment

log = logging.getLogger("carboy.mail")

DELIVER = "carboy.mail.deliver"
# With the waits between them, a day or so: greylisting and most troubles of mail servers are over by then.
ATTEMPTS_OF_A_DAY = 42
PUT_OFF_SECONDS = 60.0


@dataclass(frozen=True)
class Mail:
    """What the mail room owns of one application."""

    jobs: Jobs
    transport: Transport
    sender: str
    base_url: str  # links begin with it
    templates: "Callable[[], Environment] | None" = None
    known: Mapping[str, Any] = field(default_factory=dict)  # what every template knows

    def __post_init__(self) -> None:
        self.jobs.provide(mail=self)
        self.jobs.register(deliver)

    def send(self, message: Message, *, key: str | None = None, delay: Delay | None = None) -> UUID:
        """Send the message once the transaction that is open here is committed, and return the id of its job.

        While a mail with the same `key` waits, that one's id is returned and nothing is added.
        """
        return self.jobs.enqueue(deliver, message, context.utc_now(), key=key, delay=delay)

    def render(self, name: str, /, *, to: Some, **values: Any) -> Message:
        """Make a message of `<name>.txt`, whose first line is `Subject: …`, and `<name>.html` if there is one.

        Besides the values, the templates know `base_url`, with which links begin.
        """
        if self.templates is None:
            raise SetupError("Say where templates of mails are: Mail(…, templates=lambda: environment).")
        there, everything = self.templates(), {"base_url": self.base_url, **self.known, **values}
        subject, text = templates.subject_and_text(there, f"{name}.txt", everything)
        return Message(to=to, subject=subject, text=text, html=templates.html_of(there, f"{name}.html", everything))

    @property
    def host(self) -> str:
        """The host that names of letters end with."""
        return urlsplit(self.base_url).hostname or "localhost"


@job(name=DELIVER, queue="mail", attempts=ATTEMPTS_OF_A_DAY, confidential=True)
def deliver(
    message: Message,
    written_at: datetime,
    letter_id: UUID | None = None,
    recipients: tuple[str, ...] = (),
    *,
    mail: Mail,
    jobs: Jobs,
    job: Running,
) -> Outcome:
    """Take a message to its recipients, or to those who are still without it."""
    letter = Letter(
        id=letter_id or job.id,
        message=message,
        sender=message.sender or mail.sender,
        recipients=recipients or message.recipients,
        host=mail.host,
        written_at=written_at,
        request_id=context.request_id(),
    )
    receipt = mail.transport.deliver(letter)
    if receipt.refused:
        log.warning("mail refused", extra={"message_id": letter.message_id, "refused": dict(receipt.refused)})
    if len(receipt.put_off) + len(receipt.refused) == len(letter.recipients):
        return _nobody_has_it(receipt)
    if receipt.put_off:
        # Those who have it must not get it again: the others become a job of their own.
        with jobs.database.transaction():
            jobs.enqueue(deliver, message, written_at, letter.id, tuple(receipt.put_off), delay=PUT_OFF_SECONDS)
    return Done({"refused": dict(receipt.refused)} if receipt.refused else None)


def _nobody_has_it(receipt: Receipt) -> Outcome:
    if receipt.put_off:
        raise NotTaken(_listed(receipt.put_off))
    return Fail(_listed(receipt.refused))


def _listed(answers: Mapping[str, str]) -> str:
    return "; ".join(f"{who}: {answer}" for who, answer in answers.items())
