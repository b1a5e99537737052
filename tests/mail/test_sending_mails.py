"""A mail is kept with the change that wants it, and sent after the commit: at least once, under one name."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from carboy import context
from carboy.data.flask import data_of
from carboy.errors import Invalid, SetupError
from carboy.jobs import job
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS
from carboy.mail import Attachment, Mail, Message, NotTaken
from carboy.mail.flask import mail_of
from carboy.mail.transport import WHAT_TO_DO, Nowhere
from carboy.testing.jobs import JobsOfTest
from carboy.testing.mail import outbox_of

HELLO = Message(to=["ada@example.org", "late@example.org"], subject="Hello", text="How are you?")


@pytest.fixture
def app(make_app):
    return make_app(migrated=False)


@pytest.fixture
def database(app):
    database = data_of(app).database
    database.guard = None
    JOBS.metadata.create_all(database.engine(), tables=[JOBS])
    return database


@pytest.fixture
def mail(app, database):
    return mail_of(app)


@pytest.fixture
def sending(app, database, serve_mail):
    """The application's mails, over a real server."""
    return replace(mail_of(app), transport=serve_mail()).join()


@pytest.fixture
def jobs(app, database):
    return JobsOfTest(jobs_of(app))


@pytest.fixture
def rows(database):
    def rows():
        with database.reading() as session:
            return session.execute(select(JOBS).order_by(JOBS.c.id)).all()

    return rows


def test_a_mail_is_sent_after_the_commit(mail, database, jobs):
    with database.transaction():
        mail.send(HELLO)
        assert len(outbox_of(mail)) == 0

    jobs.drain()

    assert list(outbox_of(mail)) == [HELLO]


def test_a_mail_of_a_change_that_is_undone_is_never_sent(mail, database, jobs):
    with pytest.raises(ZeroDivisionError), database.transaction():
        mail.send(HELLO)
        _ = 1 / 0

    assert jobs.drain() == 0
    assert len(outbox_of(mail)) == 0


def test_a_mail_waits_as_long_as_it_is_told_and_one_with_a_key_waits_once(mail, database, jobs, clock):
    with database.transaction():
        first, second = (mail.send(HELLO, key="welcome 7", delay=timedelta(minutes=5)) for _ in range(2))

    assert first == second
    assert jobs.drain() == 0
    clock.shift(300)
    assert jobs.drain() == 1


def test_what_was_said_is_forgotten_once_it_is_sent(mail, database, jobs, rows):
    with database.transaction():
        mail.send(HELLO)
    jobs.drain()

    (row,) = rows()
    assert (row.state, row.result) == ("done", "null")
    assert HELLO.text not in row.arguments


def test_a_mail_carries_the_request_that_asked_for_it(sending, database, jobs, postmaster):
    with context.working_for("request-7"), database.transaction():
        sending.send(HELLO)

    jobs.drain()

    assert postmaster.mails[0]["X-Request-ID"] == "request-7"


def test_a_letter_is_named_after_its_job(sending, database, jobs, postmaster):
    with database.transaction():
        job_id = sending.send(HELLO)

    jobs.drain()

    assert postmaster.mails[0]["Message-ID"] == f"<{job_id}@localhost>"


def test_a_greylisted_mail_is_sent_later_under_the_same_name(sending, database, jobs, postmaster, clock):
    postmaster.answers = {"DATA": ["451 greylisted, come again"] * 2}
    with database.transaction():
        job_id = sending.send(HELLO)

    for _ in range(3):
        jobs.drain(raising=False)
        clock.shift(20)

    (mail,) = postmaster.mails
    assert mail["Message-ID"] == f"<{job_id}@localhost>"


def test_who_was_put_off_gets_it_later_and_who_has_it_does_not_get_it_again(
    sending, database, jobs, postmaster, clock, rows
):
    postmaster.answers = {"late@example.org": ["451 come again", "452 not yet"]}
    with database.transaction():
        sending.send(HELLO)

    for _ in range(4):
        jobs.drain(raising=False)
        clock.shift(70)

    assert [to for to, _ in postmaster.taken] == [("ada@example.org",), ("late@example.org",)]
    first, second = postmaster.mails
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert [row.state for row in rows()] == ["done", "done"]


def test_a_worker_that_dies_after_the_server_took_it_sends_it_again_under_the_same_name(
    sending, database, jobs, postmaster, clock, monkeypatch
):
    with database.transaction():
        sending.send(HELLO)
    with monkeypatch.context() as patch:
        patch.setattr("carboy.jobs.performing.ending.record", lambda *_, **__: 1 / 0)
        jobs.drain(raising=False)

    clock.shift(10)
    jobs.drain()

    first, second = postmaster.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_mail_that_nobody_will_ever_take_fails_at_once_and_says_why(sending, database, jobs, postmaster, rows):
    postmaster.answers = {"ada@example.org": ["550 no such user"], "late@example.org": ["553 never"]}
    with database.transaction():
        sending.send(HELLO)

    jobs.drain()

    (row,) = rows()
    assert (row.state, row.attempt) == ("failed", 1)
    assert row.error == "ada@example.org: 550 no such user; late@example.org: 553 never"


def test_who_was_refused_is_noted_where_others_have_it(sending, database, jobs, postmaster, rows):
    postmaster.answers = {"late@example.org": ["550 no such user"]}
    with database.transaction():
        sending.send(HELLO)

    jobs.drain()

    (row,) = rows()
    assert (row.state, json.loads(row.result)) == ("done", {"refused": {"late@example.org": "550 no such user"}})


def test_a_mail_is_tried_for_about_a_day(mail, database, jobs, clock, rows):
    class Down:
        def deliver(self, letter):
            raise NotTaken("down")

    replace(mail, transport=Down()).join()
    with database.transaction():
        mail.send(HELLO)
    began = context.utc_now()

    while rows()[0].state == "queued":
        jobs.drain(raising=False)
        clock.shift(max((rows()[0].due_at - context.utc_now()).total_seconds(), 0))

    assert timedelta(hours=15) < rows()[0].finished_at - began < timedelta(hours=36)


def test_without_a_mail_server_mails_wait_as_long_as_it_takes_and_it_is_said_once(
    mail, database, jobs, clock, rows, caplog
):
    homeless = replace(mail, transport=Nowhere()).join()
    with database.transaction():
        homeless.send(HELLO)

    for _ in range(100):
        jobs.drain()
        clock.shift(3600)
    (waiting,) = rows()
    replace(homeless, transport=mail.transport).join()
    jobs.drain()

    assert (waiting.state, waiting.failures) == ("queued", 0)
    assert [record.message for record in caplog.records if "Set MAIL_URL" in record.message] == [WHAT_TO_DO]
    assert list(outbox_of(mail)) == [HELLO]


def test_mails_that_are_changed_into_others_do_not_take_their_place(mail, database, jobs):
    replace(mail, transport=Nowhere())
    with database.transaction():
        mail.send(HELLO)

    jobs.drain()

    assert list(outbox_of(mail)) == [HELLO]


def test_whoever_asked_for_a_mail_neither_sees_what_servers_answer_nor_takes_it_back(
    sending, database, jobs, postmaster, clock, rows
):
    postmaster.answers = {"late@example.org": ["451 come again"]}
    with context.working_for("request-7", "ada"), database.transaction():
        sending.send(HELLO)

    jobs.drain()

    assert [row.asked_by for row in rows()] == ["", ""]


def test_the_date_of_a_mail_is_when_it_is_due_by_the_clock_of_the_jobs(sending, database, jobs, postmaster, clock):
    with database.transaction():
        due_at = jobs.room.clock() + timedelta(hours=1)
        sending.send(HELLO, delay=3600)

    clock.shift(3700)
    jobs.drain()

    assert abs(postmaster.mails[0]["Date"].datetime - due_at) < timedelta(seconds=2)


def test_the_greater_priority_goes_first(mail, database, jobs):
    with database.transaction():
        mail.send(replace(HELLO, subject="Newsletter"), priority=-1)
        mail.send(replace(HELLO, subject="Your password"))

    jobs.drain()

    assert [message.subject for message in outbox_of(mail)] == ["Your password", "Newsletter"]


def test_files_arrive_as_they_were_given(mail, database, jobs):
    message = replace(HELLO, attachments=[Attachment("x.pdf", "application/pdf", bytes(range(256)) * 5)])
    with database.transaction():
        mail.send(message)

    jobs.drain()

    assert list(outbox_of(mail)) == [message]


@pytest.mark.parametrize("sender", ["Shop", "Shop <no-reply@straße.de>", "x" * 65 + "@example.org"])
def test_a_sender_that_no_mail_could_have_is_found_at_the_start(make_app, sender):
    with pytest.raises(SetupError, match="MAIL_SENDER"):
        replace(mail_of(make_app()), sender=sender)


def test_a_job_is_given_the_mails_to_send_its_own(mail, database, jobs):
    @job
    def greet(address: str, *, mail: Mail, db):
        with db.transaction():
            mail.send(Message(to=address, subject="From a job", text=""))

    jobs.room.register(greet)
    with database.transaction():
        jobs.room.enqueue(greet, "ada@example.org")

    jobs.drain()

    assert outbox_of(mail).to("ada@example.org").subject == "From a job"


def test_a_message_that_cannot_be_is_refused_before_anything_is_kept(mail, database, rows):
    with pytest.raises(Invalid), database.transaction():
        mail.send(replace(HELLO, subject="a\nb"))

    assert rows() == []


def test_the_sender_is_the_application_unless_the_message_says_otherwise(sending, database, jobs, postmaster):
    with database.transaction():
        sending.send(HELLO)
        sending.send(replace(HELLO, sender="Eve <eve@example.org>"))

    jobs.drain()

    assert [mail["From"] for mail in postmaster.mails] == ["Carboy <no-reply@localhost>", "Eve <eve@example.org>"]
