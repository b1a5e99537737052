"""The `outbox` fixture: what was sent, and a helpful word when it was not."""

import pytest

from carboy.errors import SetupError
from carboy.mail import Message
from carboy.mail.flask import mail_of
from carboy.testing.mail import outbox_of


def send(app, db, **fields):
    with db.transaction():
        mail_of(app).send(Message(**{"to": "ada@example.org", "subject": "Hello", "text": ""} | fields))


def test_what_is_sent_is_in_the_outbox_once_its_job_is_done(app, db, jobs, outbox):
    send(app, db)
    send(app, db, subject="Again", bcc="Zoë <zoe@example.org>")
    assert len(outbox) == 0

    jobs.drain()

    assert [message.subject for message in outbox] == ["Hello", "Again"]
    assert outbox.to("Ada@example.org") == outbox.to("zoe@example.org") == outbox[-1]


def test_whom_nothing_was_sent_is_told_with_what_there_is(app, db, jobs, outbox):
    with pytest.raises(AssertionError, match=r"Nobody did; jobs\.drain\(\)"):
        outbox.to("eve@example.org")
    send(app, db)
    jobs.drain()

    with pytest.raises(AssertionError, match=r"eve@example.org got no mail.*\n  ada@example.org: 'Hello'"):
        outbox.to("eve@example.org")


def test_an_application_that_would_send_has_no_outbox(make_app):
    with pytest.raises(SetupError, match="not in testing mode"):
        outbox_of(mail_of(make_app(mode="development")))
