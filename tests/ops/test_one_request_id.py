"""One name follows what somebody asked for: answer, log, job, live event, mail, and what is said of an error."""

import json
import logging
import re

import pytest

from carboy.errors import Conflict
from carboy.jobs import job
from carboy.jobs.flask import jobs as jobs_at_work
from carboy.jobs.flask import jobs_of
from carboy.live.flask import live as live_at_work
from carboy.mail import Message
from carboy.mail.flask import mail_of
from carboy.ops import logs
from carboy.testing.mail import outbox_of
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public

ID = "brought-by-a-proxy-7f3a"


@job
def invite(*, db, mail, live):
    """Invite somebody, and say so."""
    with db.transaction():
        mail.send(Message(to="ada@example.org", subject="Come", text="and see"))
        live.publish("everybody", "invited", {"id": 7})


def ask():
    live_at_work().publish("everybody", "asked", {"id": 7})
    jobs_at_work().enqueue(invite)
    return ""


def refuse():
    raise Conflict("Somebody was faster.")


@pytest.fixture
def shop(app, settings):
    logs.configure(settings)  # an application that was made for the database may have had the last word
    jobs_of(app).register(invite)
    for path, view in (("/ask", ask), ("/api/v1/refuse", refuse), ("/refuse", refuse)):
        app.add_url_rule(path, path, public(accepts_foreign_posts(view)), methods=["POST"])
    return app


@pytest.fixture
def lines(capsys):
    """The lines of the log, by what they say."""
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    logging.getLogger().setLevel(logging.WARNING)


TO_BE_SAID = {
    "request",
    "live event published",  # in the request, and in the job
    "job accepted",
    "job done",
}


@pytest.mark.settings(log_format="json", log_level="DEBUG")
def test_one_id_is_in_the_answer_the_log_the_job_the_event_the_mail_and_the_error(shop, jobs, lines):
    client, brought = shop.test_client(), {"X-Request-ID": ID}

    success = client.post("/ask", headers=brought)
    jobs.drain()
    problem = client.post("/api/v1/refuse", headers=brought)
    page = client.post("/refuse", headers={**brought, "Accept": "text/html"})

    assert {answer.headers["X-Request-ID"] for answer in (success, problem, page)} == {ID}
    assert problem.json["request_id"] == ID
    assert ID in page.text
    (letter,) = outbox_of(mail_of(shop)).letters
    assert f"\r\nX-Request-ID: {ID}\r\n".encode() in bytes(letter)
    said = lines()
    assert {line["event"] for line in said if line.get("request_id") == ID} >= TO_BE_SAID
    ours = [line for line in said if line["logger"].startswith("carboy.") and line["event"] in TO_BE_SAID]
    assert {line.get("request_id") for line in ours} == {ID}
    assert [line["event_name"] for line in ours if line["event"] == "live event published"] == ["asked", "invited"]
    assert len([line for line in ours if line["event"] == "job done"]) == 2  # ours, and the mail's


@pytest.mark.settings(log_format="json", log_level="DEBUG")
def test_the_id_that_is_made_for_a_request_goes_the_same_way(shop, jobs, lines):
    made = shop.test_client().post("/ask").headers["X-Request-ID"]
    jobs.drain()

    assert re.fullmatch("[0-9a-f]{32}", made)
    assert {line["event"] for line in lines() if line.get("request_id") == made} >= TO_BE_SAID
