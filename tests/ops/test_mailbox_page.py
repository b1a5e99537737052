"""/dev/mailbox: what would have been sent, in development alone, and harmless whatever is in it."""

import pytest

from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS
from carboy.mail import Attachment, Message
from carboy.mail.flask import mail_of
from carboy.testing.jobs import JobsOfTest

EVIL = '<script>alert(1)</script><img src="http://evil.example/x.png">'


@pytest.fixture
def app(make_app):
    app = make_app(mode="development")
    database = data_of(app).database
    database.guard = None
    JOBS.metadata.create_all(database.engine(), tables=[JOBS])
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def send(app):
    def send(*, delivered=True, **fields):
        with data_of(app).database.transaction():
            job_id = mail_of(app).send(Message(**{"to": "ada@example.org", "subject": "Hello", "text": ""} | fields))
        if delivered:
            JobsOfTest(jobs_of(app)).drain()
        return job_id

    return send


def test_the_mails_are_listed_the_newest_first(client, send):
    send(subject="First")
    send(subject="Second", bcc="eve@example.org")

    page = client.get("/dev/mailbox").text

    assert page.index("Second") < page.index("First")
    assert "ada@example.org, eve@example.org" in page


def test_an_empty_mailbox_says_so_and_what_has_not_arrived_is_counted(client, send):
    assert "Nothing has been sent yet" in client.get("/dev/mailbox").text

    send(delivered=False)

    assert "1 more waits for a worker" in client.get("/dev/mailbox").text


def test_scripts_get_what_they_look_for(client, send):
    job_id = send(subject="Grüße", text="See https://shop.example.org/confirm/abc.", cc="Eve <eve@example.org>")

    (mail,) = client.get("/dev/mailbox.json").json

    assert mail.pop("date").endswith("+00:00")
    assert mail == {
        "id": str(job_id),
        "to": ["ada@example.org", "eve@example.org"],
        "subject": "Grüße",
        "text": "See https://shop.example.org/confirm/abc.",
        "links": ["https://shop.example.org/confirm/abc"],
    }


def test_a_mail_is_shown_with_its_text_its_links_and_its_source(client, send):
    job_id = send(text="Go to https://shop.example.org/x?a=1&b=2 now")

    page, source = client.get(f"/dev/mailbox/{job_id}").text, client.get(f"/dev/mailbox/{job_id}.eml")

    assert "Go to https://shop.example.org/x?a=1&amp;b=2 now</pre>" in page
    assert '<a href="https://shop.example.org/x?a=1&amp;b=2" rel="noreferrer">' in page
    assert "<iframe" not in page
    assert f"Message-ID: <{job_id}@localhost>".encode() in source.data
    assert source.mimetype == "text/plain"


def test_who_gets_a_copy_where_answers_go_and_what_is_attached_are_shown(client, send):
    attached = Attachment("order.pdf", "application/pdf", b"")
    job_id = send(cc="Bob <bob@example.org>", reply_to="help@example.org", attachments=[attached])

    page = client.get(f"/dev/mailbox/{job_id}").text

    assert all(f"<dd>{said}</dd>" in page for said in ("Bob &lt;bob@example.org&gt;", "help@example.org", "order.pdf"))


def test_a_file_that_is_no_mail_does_not_break_the_page(client, send, project):
    send(subject="Still here")
    for name in ("00000000-0000-0000-0000-00000000000z.eml", "00000000-0000-0000-0000-000000000001.eml"):
        (project / "instance/mailbox" / name).write_text("This is no mail.")

    assert "Still here" in client.get("/dev/mailbox").text
    assert len(client.get("/dev/mailbox.json").json) == 1


def test_html_of_a_mail_lies_in_a_frame_that_runs_and_loads_nothing(client, send):
    job_id = send(html=EVIL)

    page, frame = client.get(f"/dev/mailbox/{job_id}"), client.get(f"/dev/mailbox/{job_id}/html")

    assert (
        f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/dev/mailbox/{job_id}/html"' in page.text
    )
    assert EVIL not in page.text
    assert frame.text.strip() == f'<!doctype html><base target="_blank">{EVIL}'
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = frame.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox allow-popups allow-popups-to-escape-sandbox", "default-src 'none'"} <= set(policy)
    assert not any(rule.startswith(("script-src", "connect-src")) for rule in policy)


def test_whatever_a_mail_says_is_shown_as_text(client, send):
    job_id = send(subject=EVIL, text=EVIL + "javascript:alert(1) https://x.org/\"onclick='alert(1)")

    page, listed = client.get(f"/dev/mailbox/{job_id}").text, client.get("/dev/mailbox").text

    assert "<script>alert" not in page + listed
    assert 'href="javascript' not in page
    assert 'href="https://x.org/" rel' in page


@pytest.mark.parametrize("path", ["", "/html", ".eml"])
@pytest.mark.parametrize("name", ["00000000-0000-0000-0000-000000000001", "..", "..%2f..%2fsecret", "x"])
def test_what_is_not_there_is_not_found(client, name, path):
    assert client.get(f"/dev/mailbox/{name}{path}").status_code == 404


def test_a_mail_without_html_has_no_frame(client, send):
    assert client.get(f"/dev/mailbox/{send()}/html").status_code == 404


def test_it_stands_in_the_frame_of_the_application(client, send, project):
    (project / "shop/templates/layout.html").write_text("<i>our own</i>{% block main %}{% endblock %}")

    assert "<i>our own</i>" in client.get("/dev/mailbox").text


@pytest.mark.parametrize("path", ["/dev/mailbox", "/dev/mailbox.json"])
@pytest.mark.parametrize("mode", ["testing", "staging", "production"])
def test_in_every_other_mode_it_is_not_there(make_app, deployed, mode, path):
    more = {"mail_url": "mailbox"} if mode == "testing" else deployed  # which take no such setting
    app = make_app(**more | {"mode": mode})

    assert app.test_client().get(path, base_url="https://shop.example.org").status_code in (404, 400)
    assert not any("mailbox" in rule.rule for rule in app.url_map.iter_rules())


def test_where_mails_go_elsewhere_it_is_not_there(make_app):
    app = make_app(mode="development", mail_url="console")

    assert not any("mailbox" in rule.rule for rule in app.url_map.iter_rules())
