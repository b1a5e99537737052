"""What a job's way looks like in the log: one line for each step, under the id of the request that asked."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from carboy.context import utc_now
from carboy.data import Base
from carboy.data.flask import data_of
from carboy.jobs import Cancel, Fail, State, job, job_changed
from carboy.jobs.flask import jobs, jobs_of
from carboy.jobs.table import JOBS
from carboy.jobs.workplace import Workplace
from carboy.web.identity import public


@job(attempts=2)
def stumble(secret: str):
    raise ValueError("over a stone")


@job
def give_up(secret: str):
    return Fail("There is no way.")


@job
def walk(secret: str):
    return secret


@job
def think_better_of_it(secret: str):
    return Cancel("There is nothing to do.")


HANDLERS = {"stumble": stumble, "give_up": give_up, "walk": walk, "think_better_of_it": think_better_of_it}


@pytest.fixture
def app(make_app):
    app = make_app(log_format="json")
    Base.metadata.create_all(data_of(app).database.engine(), tables=[JOBS])
    jobs_of(app).register(*HANDLERS.values())
    app.add_url_rule(
        "/api/v1/ask/<name>",
        view_func=public(lambda name: str(jobs().enqueue(HANDLERS[name], "s3cret", asked_by="user:ada"))),
        methods=["POST"],
    )
    return app


@pytest.fixture
def workplace(app):
    place = Workplace(jobs_of(app))
    yield place
    place.close()


@pytest.fixture
def lines(app, workplace, capsys):
    """Ask for a job in a request, do it, and read what was written of it."""

    def told(name):
        app.test_client().post(f"/api/v1/ask/{name}", headers={"X-Request-ID": "the-request-that-asked"})
        workplace.run(workplace.claim(["default"]))
        written = map(json.loads, capsys.readouterr().out.splitlines())
        return [one for one in written if one["logger"] == "carboy.jobs"]

    return told


ACCEPTED, STARTED = ("info", "job accepted", None), ("info", "job started", None)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("walk", ("info", "job done", None)),
        ("think_better_of_it", ("info", "job cancelled", "There is nothing to do.")),
        ("give_up", ("error", "job failed", "There is no way.")),
        ("stumble", ("warning", "job put back", "ValueError: over a stone")),
    ],
)
def test_each_step_is_one_line_under_the_id_of_the_request_that_asked(lines, name, end):
    found = lines(name)

    assert [(one["level"], one["event"], one.get("why")) for one in found] == [ACCEPTED, STARTED, end]
    assert {one["request_id"] for one in found} == {"the-request-that-asked"}
    assert {one["job"] for one in found} == {f"test_jobs_in_the_log.{name}"}
    assert "s3cret" not in str(found)


def test_what_a_dead_worker_left_is_told_under_the_id_of_the_request_that_asked_too(app, workplace, lines, capsys):
    lines("walk")
    app.test_client().post("/api/v1/ask/walk", headers={"X-Request-ID": "the-second-one"})
    workplace.claim(["default"])
    with data_of(app).database.transaction() as session:
        session.execute(update(JOBS).values(look_at=utc_now() - timedelta(seconds=1)))
    capsys.readouterr()

    workplace.sweep()

    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["event"], line["request_id"], line["why"]) == ("job put back", "the-second-one", "its worker is gone")


def test_who_connects_hears_of_each_step_and_of_who_asked(lines):
    heard = []

    def hear(_jobs, change):
        heard.append((change.before, change.now, change.asked_by, change.request_id))

    with job_changed.connected_to(hear):
        lines("walk")

    asked = ("user:ada", "the-request-that-asked")
    assert heard == [
        (None, State.QUEUED, *asked),
        (State.QUEUED, State.RUNNING, *asked),
        (State.RUNNING, State.DONE, *asked),
    ]


def test_steps_are_counted_for_metrics(app, lines):
    lines("walk")

    counters = jobs_of(app).counters
    name = "test_jobs_in_the_log.walk"
    assert dict(counters.steps) == {
        (name, "", "queued"): 1,
        (name, "queued", "running"): 1,
        (name, "running", "done"): 1,
    }
    assert counters.seconds[name] > 0
