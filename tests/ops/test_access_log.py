"""One line for every request, that tells much and gives nothing away."""

import json
import logging
import threading
import time
from datetime import UTC, datetime

import pytest
from flask import render_template_string, request
from sqlalchemy import text

from carboy.data.flask import db, own_transactions
from carboy.web.csrf import accepts_foreign_posts


@pytest.fixture
def app(make_app):
    app = make_app(slow_request_seconds=0.05)
    app.add_url_rule("/reset/<token>", "reset", lambda token: "", methods=["GET", "POST"])
    return app


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "carboy.access")
    return lambda: [record for record in caplog.records if record.name == "carboy.access"]


def test_a_request_writes_one_line_with_its_route_and_outcome(app, lines):
    app.test_client().get("/reset/s3cret-token?next=/s3cret", headers={"Cookie": "a=s3cret"})

    (line,) = lines()
    assert (line.method, line.route, line.status) == ("GET", "/reset/<token>", 200)
    assert line.ms >= 0


def test_nothing_that_a_visitor_sent_is_in_the_line(app, lines):
    app.test_client().post(
        "/reset/s3cret-token?q=s3cret", data={"password": "s3cret"}, headers={"Authorization": "Bearer s3cret"}
    )

    (line,) = lines()
    assert "s3cret" not in str(vars(line))


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("/reset/s3cret/s3cret", "/reset/…"), ("/reset?q=s3cret", "/reset"), ("/s3cret", "/…"), ("/s3cret/reset", "/…"),
        ("/res", "/…"), ("/", "/"),
    ],
)  # fmt: skip
def test_an_address_that_no_route_has_is_told_as_far_as_a_route_begins_so(app, lines, sent, told):
    app.test_client().get(sent)

    (line,) = lines()
    assert (line.status, line.route, line.path) == (404, None, told)
    assert "s3cret" not in str(vars(line))


def test_a_route_that_does_not_take_the_method_is_told_as_a_route(app, lines):
    app.test_client().delete("/reset/s3cret-token")

    (line,) = lines()
    assert (line.status, line.route) == (405, "/reset/<token>")
    assert "s3cret" not in str(vars(line))


def test_a_method_that_nobody_knows_is_not_told_as_it_was_sent(app, lines):
    app.test_client().open("/reset/x", method="S3CRET")

    (line,) = lines()
    assert (line.status, line.method) == (405, "other")


def test_probes_write_no_line(app, lines):
    app.test_client().get("/livez")

    assert lines() == []


def test_a_crash_writes_its_line_too(app, lines):
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/bug")

    assert [line.status for line in lines()] == [500]


def test_a_slow_request_says_where_its_time_went(app, lines):
    def slow():
        db().session.execute(
            text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300000) SELECT max(i) FROM n")
        )
        return render_template_string("{% for i in range(100000) %}{% endfor %}")

    app.add_url_rule("/slow", "slow", accepts_foreign_posts(slow), methods=["POST"])

    app.test_client().post("/slow")

    (line,) = lines()
    assert (line.levelname, line.getMessage()) == ("WARNING", "slow request")
    assert line.database_ms > 1
    assert line.template_ms > 0.5
    assert line.rest_ms >= 0


def test_in_development_the_answer_tells_its_time_split_and_in_production_not(make_app, deployed):
    development, production = make_app(mode="development"), make_app(**deployed)
    for app in (development, production):
        app.add_url_rule("/", "home", lambda: "home")

    told = development.test_client().get("/").headers
    silent = production.test_client().get("/", base_url="https://shop.example.org").headers

    assert "rest;dur=" in told["Server-Timing"]
    assert "Server-Timing" not in silent


def test_production_writes_json_with_the_request_id(make_app, deployed, capsys):
    app = make_app(**deployed)
    app.add_url_rule("/", "home", lambda: "home")
    root = logging.getLogger()
    level = root.level

    answer = app.test_client().get("/", base_url="https://shop.example.org")

    root.setLevel(level)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["event"], line["status"], line["level"]) == ("request", 200, "info")


def test_a_line_says_its_moment_with_minutes_and_in_utc(make_app, deployed, clock, capsys):
    app = make_app(**deployed)
    app.add_url_rule("/", "home", lambda: "home")
    clock.move_to(datetime(2026, 3, 1, 10, 45, 59, tzinfo=UTC))

    app.test_client().get("/", base_url="https://shop.example.org")

    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["timestamp"]) == ("request", "2026-03-01T10:45:59Z")


def test_an_exception_is_one_json_line(make_app, deployed, capsys):
    app = make_app(**deployed)
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)

    app.test_client().get("/bug", base_url="https://shop.example.org")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (crash,) = [line for line in lines if line["level"] == "error"]
    assert "ZeroDivisionError" in crash["exception"]
    assert crash["request_id"]


def test_an_unfinished_stopwatch_does_not_leak_into_the_next_request(app, lines):
    app.add_url_rule("/wait", "wait", lambda: time.sleep(0.06) or request.path)

    app.test_client().get("/wait")
    app.test_client().get("/wait")

    assert [hasattr(line, "database_ms") for line in lines()] == [False, False]


def test_in_production_an_address_without_a_route_is_told_by_its_first_part_alone(make_app, deployed, capsys):
    app = make_app(**deployed)
    app.add_url_rule("/reset/<token>", "reset", lambda token: "")

    app.test_client().get("/reset/s3cret-token/", base_url="https://shop.example.org")

    told = capsys.readouterr().out
    assert "/reset/…" in json.loads(told.splitlines()[-1])["path"]
    assert "s3cret" not in told


def test_what_a_visitor_sends_cannot_repaint_the_terminal(make_app, capsys):
    app = make_app(mode="development")
    app.add_url_rule("/say", "say", lambda: app.logger.warning("said", extra={"word": request.args["word"]}) or "")

    app.test_client().get("/say?word=%1b[31mRED%0aforged")

    told = capsys.readouterr().out
    assert "\x1b[31m" not in told
    assert "\\x1b[31mRED\\x0aforged" in told


def test_the_values_of_a_failing_statement_are_not_in_the_log(app, caplog):
    password = "s3cret"  # not in the failing line itself, which a traceback shows

    def fail():
        db().session.execute(text("SELECT :password FROM nowhere"), {"password": password})

    app.add_url_rule("/fail", "fail", accepts_foreign_posts(fail), methods=["POST"])
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False

    assert app.test_client().post("/fail").status_code == 500
    assert "nowhere" in caplog.text
    assert "s3cret" not in caplog.text


def test_what_is_sent_is_not_timed_aloud(make_app):
    app = make_app(mode="development")
    app.add_url_rule("/", "home", lambda: "home", methods=["POST"])

    answer = app.test_client().post("/", headers={"Sec-Fetch-Site": "same-origin"})

    assert "Server-Timing" not in answer.headers


def test_a_slow_request_says_how_often_the_database_was_asked(app, lines):
    def ask(times):
        time.sleep(0.06)
        for _ in range(times):
            db().session.execute(text("SELECT 1"))
        return ""

    app.add_url_rule("/ask/<int:times>", "ask", accepts_foreign_posts(ask), methods=["POST"])

    for times in (1, 3, 10):
        app.test_client().post(f"/ask/{times}")

    _first, few, more = (line.statements for line in lines())  # the first one prepares its connection as well
    assert (few, more) == (4, 11)  # with the one that begins the transaction


def test_what_a_template_asks_of_the_database_is_time_of_the_database_alone(app, lines):
    def ask():
        db().session.execute(
            text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<500000) SELECT max(i) FROM n")
        )
        return ""

    def render():
        return render_template_string("{{ ask() }}", ask=ask)

    app.add_url_rule("/ask", "ask", accepts_foreign_posts(render), methods=["POST"])

    app.test_client().post("/ask")

    (line,) = lines()
    assert line.database_ms > 50
    assert line.template_ms < line.database_ms / 2
    assert line.rest_ms >= 0


def test_waiting_for_another_writer_is_time_of_the_database(app, lines, beside):
    has_begun = threading.Event()

    def write(seconds=0.0):
        with db().transaction() as session:
            session.connection()
            has_begun.set()
            time.sleep(seconds)
        return ""

    def hold():
        with app.app_context():
            write(0.2)

    app.add_url_rule("/write", "write", own_transactions(accepts_foreign_posts(write)), methods=["POST"])
    held = beside(hold)
    has_begun.wait(10)

    app.test_client().post("/write")

    held.result()
    (line,) = lines()
    assert line.database_ms > 100


def test_the_line_of_a_crash_names_the_route_and_not_the_path(app, caplog):
    app.add_url_rule("/crash/<token>", "crash", lambda token: 1 / 0)
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False

    assert app.test_client().get("/crash/s3cret-token").status_code == 500
    assert "Exception on /crash/<token> [GET]" in caplog.text
    assert "s3cret" not in caplog.text
