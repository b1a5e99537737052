"""`Mail`: sending is asking for a job, in the transaction of the change that wants the mail. No web framework in sight.

mail = Mail(jobs, Smtp(host="mail.example.org", port=587), sender="hello@shop.example.org", base_url="https://…").join()
with database.transaction():
    mail.send(Message(to="ada@example.org", subject="Welcome", text="…"))
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from carboy import context
from carboy.errors import SetupError
from carboy.jobs import Done, Fail, Jobs, Running, Snooze, job
from carboy.jobs.outcomes import Delay, Outcome, as_timedelta
from carboy.mail import addresses
from carboy.mail.letter import Letter
from carboy.mail.message import Message, Some
from carboy.mail.templates import Templates
from carboy.mail.transport import NotTaken, NotYet, Receipt, Transport

log = logging.getLogger("carboy.mail")

DELIVER = "carboy.mail.deliver"
# With the waits between them, a day or so: greylisting and most troubles of mail servers are over by then.
ATTEMPTS_OF_A_DAY = 42
PUT_OFF_SECONDS = 60.0
NOT_YET_SECONDS = 3600.0
NOBODY = ""  # what servers answer names bcc: whoever asked may neither read that nor take the mail back


@dataclass(frozen=True)
class Mail:
    """What the mail room owns of one application."""

    jobs: Jobs
    transport: Transport
    sender: str
    base_url: str  # links begin with it
    templates: Templates | None = None

    def __post_init__(self) -> None:
        try:
            addresses.parse(self.sender)
        except ValueError as error:
            raise SetupError(f"Mend MAIL_SENDER, the sender of mails: it {error}.") from error

    def join(self) -> Self:
        """Have the jobs deliver what is sent here, and give `mail` to handlers."""
        self.jobs.provide(mail=self)
        self.jobs.register(deliver)
        return self

    def send(
        self, message: Message, *, key: str | None = None, delay: Delay | None = None, priority: int | None = None
    ) -> UUID:
        """Send the message once the transaction that is open here is committed, and return the id of its job.

        While a mail with the same `key` waits, that one's id is returned and nothing is added.
        The greater `priority` goes first, from -100 to 100.
        """
        written_at = self.jobs.clock() + as_timedelta(delay or 0)
        return self.jobs.enqueue(deliver, message, written_at, key=key, delay=delay, priority=priority, asked_by=NOBODY)

    def render(self, name: str, /, *, to: Some, **values: Any) -> Message:
        """Make a message of `<name>.txt`, whose first line is `Subject: …`, and `<name>.html` if there is one.

        Besides the values, the templates know `base_url`, with which links begin.
        """
        if self.templates is None:
            raise SetupError("Say where templates of mails are: Mail(…, templates=Templates(lambda: environment)).")
        everything = {"base_url": self.base_url, **values}
        subject, text = self.templates.subject_and_text(f"{name}.txt", everything)
        return Message(to=to, subject=subject, text=text, html=self.templates.html(f"{name}.html", everything))

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
        sender=str(message.sender or mail.sender),
        recipients=recipients or message.recipients,
        host=mail.host,
        written_at=written_at,
        request_id=context.request_id(),
    )
    try:
        receipt = mail.transport.deliver(letter)
    except NotYet:
        return Snooze(NOT_YET_SECONDS)
    if receipt.refused:
        log.warning("mail refused", extra={"message_id": letter.message_id, "refused": dict(receipt.refused)})
    if len(receipt.put_off) + len(receipt.refused) == len(letter.recipients):
        return _nobody_has_it(receipt)
    if receipt.put_off:
        # Those who have it must not get it again: the others become a job of their own.
        with jobs.database.transaction():
            others = tuple(receipt.put_off)
            jobs.enqueue(deliver, message, written_at, letter.id, others, delay=PUT_OFF_SECONDS, asked_by=NOBODY)
    return Done({"refused": dict(receipt.refused)} if receipt.refused else None)


def _nobody_has_it(receipt: Receipt) -> Outcome:
    if receipt.put_off:
        raise NotTaken(_listed(receipt.put_off))
    return Fail(_listed(receipt.refused))


def _listed(answers: Mapping[str, str]) -> str:
    return "; ".join(f"{who}: {answer}" for who, answer in answers.items())
