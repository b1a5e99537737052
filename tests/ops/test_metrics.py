"""What Prometheus is told, by whom, and that it is told no more than that."""

import sys
import time
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from carboy.accounts.revocation import store_failed
from carboy.data import Base
from carboy.data.flask import data_of
from carboy.errors import SettingsError, SetupError
from carboy.jobs import job
from carboy.jobs.changes import Change, job_changed
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS, State
from carboy.live.door import socket_refused
from carboy.live.managers.reading import read_again
from carboy.ops.metrics import waiting
from carboy.web.csrf import accepts_foreign_posts

TOKEN = "mT9-kQ4_wZ7bV2nR5x"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def app(make_app):
    app = make_app(metrics_token=TOKEN, migrated=True)
    Base.metadata.create_all(data_of(app).database.engine(), [JOBS])
    app.add_url_rule(
        "/reset/<token>",
        "reset",
        accepts_foreign_posts(
            lambda token: "",
        ),
        methods=["GET", "POST"],
    )
    app.add_url_rule("/status/<int:status>", "status", lambda status: ("", status))
    return app


def ask(app, **more):
    return app.test_client().get("/metrics", headers=BEARER, **more)


def told(app):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(ask(app).text)
        for sample in family.samples
    }


@pytest.mark.parametrize("brought", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"])
def test_whoever_does_not_bring_the_token_is_told_nothing(app, brought):
    answer = app.test_client().get("/metrics", headers={"Authorization": brought})

    assert answer.status_code == 401
    assert "carboy_" not in answer.text


def test_whoever_is_refused_leaves_a_line_and_is_counted(app, caplog):
    for brought in ("", "Bearer s3cret"):
        app.test_client().get("/metrics", headers={"Authorization": brought})

    lines = [record for record in caplog.records if record.getMessage() == "metrics refused"]
    assert [(line.levelname, line.ip) for line in lines] == [("WARNING", "127.0.0.1")] * 2
    assert "s3cret" not in caplog.text + str([vars(line) for line in lines])
    assert told(app)["carboy_metrics_refused_total",] == 2


def test_without_a_token_in_the_settings_there_is_no_such_address(make_app):
    app = make_app()

    assert ask(app).status_code == 404
    assert "carboy.metrics" not in app.extensions


def test_it_is_told_under_any_host_name_and_beside_the_sub_path(make_app):
    app = make_app(metrics_token=TOKEN, script_name="/shop")

    by_address = ask(app, base_url="http://10.0.0.7:5000")
    under = app.test_client().get("/shop/metrics", headers=BEARER)

    assert (by_address.status_code, under.status_code) == (200, 200)
    assert by_address.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", ["short", "fifteen-letters", "a token with spaces in it", "ünïcödé-0123456789"])
def test_a_token_that_can_be_guessed_or_sent_by_nobody_is_refused(make_settings, token):
    with pytest.raises(SettingsError, match="METRICS_TOKEN") as refused:
        make_settings(metrics_token=token)

    assert token not in str(refused.value)


def test_a_port_that_others_can_reach_needs_a_token(make_settings):
    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        make_settings(metrics_port=9100, metrics_host="0.0.0.0")

    assert make_settings(metrics_port=9100, metrics_host="0.0.0.0", metrics_token=TOKEN)
    assert make_settings(metrics_port=9100)


def test_a_missing_package_is_named(make_app, monkeypatch):
    monkeypatch.setattr("carboy.ops.metrics.find_spec", lambda _name: None)

    with pytest.raises(SetupError, match=r"carboy\[metrics\]"):
        make_app(metrics_token=TOKEN)


def test_nothing_that_a_visitor_sends_becomes_a_label(app):
    client = app.test_client()
    client.get("/reset/s3cret-token?next=s3cret", headers={"Cookie": "a=s3cret", "Authorization": "Bearer s3cret"})
    client.post("/reset/s3cret-token", data={"password": "s3cret"})
    client.get("/s3cret-page")
    client.open("/", method="S3CRET")
    client.get("/jobs/0190b7e2-0000-7000-8000-000000000000")

    text = ask(app).text

    assert "s3cret" not in text.lower()
    assert "0190b7e2" not in text
    assert 'route="/reset/<token>"' in text
    assert TOKEN not in text


def requests_told(app):
    return {
        (dict(labels)["method"], dict(labels)["route"], dict(labels)["status"])
        for (name, *labels) in told(app)
        if name == "carboy_http_requests_total"
    }


def test_a_route_that_does_not_take_the_method_is_counted_as_a_route(app):
    app.test_client().delete("/reset/s3cret")

    assert requests_told(app) == {("DELETE", "/reset/<token>", "405")}


@pytest.mark.parametrize(
    ("status", "told_as"), [(299, "2xx"), (499, "4xx"), (599, "5xx"), (404, "404"), (700, "other")]
)
def test_a_status_that_has_no_name_is_counted_by_its_class(app, status, told_as):
    app.test_client().get(f"/status/{status}")

    assert requests_told(app) == {("GET", "/status/<int:status>", told_as)}


def test_whatever_visitors_ask_there_are_no_more_series(app):
    client = app.test_client()

    def roam(number):
        client.get(f"/page/{number}")
        client.get(f"/reset/{number}")
        client.get(f"/status/{700 + number}")
        client.open(f"/reset/{number}", method=f"M{number}")

    roam(0)
    told(app)  # which opens a pool
    before = len(told(app))
    for number in range(1, 60):
        roam(number)

    assert len(told(app)) == before
    assert len(app.extensions["carboy.metrics"].instruments._of_requests) < 10


def test_two_applications_in_a_process_count_for_themselves(make_app):
    one, other = make_app(metrics_token=TOKEN), make_app(metrics_token=TOKEN)

    one.test_client().get("/health")

    health = ("carboy_http_requests_total", ("method", "GET"), ("route", "/health"), ("status", "503"))
    assert told(one)[health] == 1
    assert health not in told(other)


def test_a_crash_is_counted_and_over(app):
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/bug")

    samples = told(app)
    assert samples["carboy_http_requests_total", ("method", "GET"), ("route", "/bug"), ("status", "500")] == 1
    assert samples["carboy_http_requests_in_flight",] == 0


@job
def count():
    """Count."""


def test_steps_of_jobs_are_counted_as_the_jobs_count_them(app):
    jobs = jobs_of(app)
    jobs.register(count)
    with app.app_context(), jobs.database.transaction():
        jobs.enqueue(count)
        jobs.enqueue(count)
    job_changed.send(
        jobs, change=Change(job_id=None, handler="of.another.release", queue="q", before=None, now=State.DONE)
    )

    samples = told(app)

    ours = dict(jobs.counters.steps)
    counted = {
        tuple(dict(labels)[name] for name in ("job", "before", "now")): value
        for (name, *labels), value in samples.items()
        if name == "carboy_job_steps_total"
    }
    assert counted == ours | {("other", "", "done"): 1}
    assert samples["carboy_jobs", ("queue", "default"), ("state", "queued")] == 2
    assert samples["carboy_jobs_due", ("queue", "default")] == 2


def test_the_database_is_asked_a_few_seconds_apart_at_the_most(app, statements):
    told(app)
    statements.clear()

    for _ in range(20):
        told(app)

    assert statements == []


def test_after_some_seconds_the_database_is_asked_again(app, statements, monkeypatch):
    told(app)
    statements.clear()
    now = time.monotonic

    monkeypatch.setattr(time, "monotonic", lambda: now() + 6)
    told(app)

    assert statements != []


def test_a_job_whose_worker_gives_no_sign_of_life_is_told_as_lost(app):
    jobs = jobs_of(app)
    jobs.register(count)
    with app.app_context(), jobs.database.transaction() as session:
        jobs.enqueue(count)
        jobs.enqueue(count)
        session.execute(update(JOBS).values(state=State.RUNNING, look_at=jobs.clock() - timedelta(minutes=5)))

    samples = told(app)

    assert samples["carboy_jobs_lost", ("queue", "default")] == 2
    assert samples["carboy_jobs", ("queue", "default"), ("state", "running")] == 2


def test_the_seconds_that_jobs_ran_are_added_up(app):
    jobs = jobs_of(app)
    jobs.register(count)
    (name,) = {name for name in jobs.handlers if name.endswith(".count")}
    for seconds in (1.5, 2.25):
        ended = Change(job_id=None, handler=name, queue="q", before=State.RUNNING, now=State.DONE, seconds=seconds)
        job_changed.send(jobs, change=ended)

    assert told(app)["carboy_job_seconds_total", ("job", name)] == 3.75


def test_a_database_that_hangs_holds_nobody_up(app, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("carboy.jobs.listing.stand", lambda *_: time.sleep(2))

    began = time.monotonic()
    samples = told(app)

    assert time.monotonic() - began < 1
    assert samples["carboy_database_reachable",] == 0
    assert "carboy_jobs_due" not in {name for name, *_ in samples}


def test_pools_are_told_as_they_are(app):
    database = data_of(app).database
    database.close()
    with app.app_context(), database.transaction() as session:
        session.connection()
        samples = told(app)

    assert samples["carboy_database_pool_in_use", ("pool", "write")] == 1
    assert samples["carboy_database_pool_size", ("pool", "write")] == 5
    assert samples["carboy_database_pool_overflow", ("pool", "write")] == 0


def test_what_goes_wrong_elsewhere_is_counted(app, make_app):
    other = make_app(metrics_token=TOKEN)

    store_failed.send()
    read_again.send()
    socket_refused.send(app)

    assert told(app)["carboy_revocation_failures_total",] == 1
    assert told(app)["carboy_live_reconnects_total",] == 1
    assert [told(one)["carboy_sockets_refused_total",] for one in (app, other)] == [1, 0]


def test_whoever_asks_for_no_metrics_imports_nothing_of_them(make_app, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("carboy.ops.metrics.")]:
        monkeypatch.delitem(sys.modules, name)

    make_app()

    assert not [name for name in sys.modules if name.startswith("carboy.ops.metrics.")]
