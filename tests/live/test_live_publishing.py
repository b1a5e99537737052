"""Publishing from a request, a job, and a script: it leaves with the commit, and tests see what left."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from carboy.context import utc_now
from carboy.data import uuid7
from carboy.errors import Conflict, SetupError
from carboy.jobs import Jobs, Progress, job
from carboy.jobs.changes import send_progress
from carboy.jobs.flask import jobs_of
from carboy.live.flask import live_of
from carboy.live.managers.database import DatabaseManager
from carboy.live.room import Live
from carboy.live.table import KEPT, LIVE_EVENTS
from carboy.live.upkeep import prune_events
from carboy.testing.walls import flask_brought_by
from carboy.web.csrf import accepts_foreign_posts
from carboy.web.identity import public


@job
def publish_from_a_job(room: str, *, live):
    """Tell it from a worker."""
    live.publish(room, "todo:changed")


@pytest.fixture
def post(shop):
    """Have a request do this."""

    def send(function):
        shop.add_url_rule("/do", "do", accepts_foreign_posts(public(function)), methods=["POST"])
        return shop.test_client().post("/do").status_code

    return send


def test_what_a_request_publishes_leaves_with_its_commit(shop, post, published):
    def view():
        live_of(shop).publish("todos:7", "todo:changed", {"id": 7})
        return {"early": published.events}

    assert post(view) == 200
    assert published.to("todos:7") == [("todo:changed", {"id": 7})]


def test_what_a_request_publishes_and_refuses_leaves_never(shop, post, published):
    def view():
        live_of(shop).publish("todos:7", "todo:changed")
        raise Conflict("Not now.")

    assert post(view) == 409
    assert published.events == []


def test_a_job_publishes_what_it_did(shop, jobs, db, published):
    jobs.room.register(publish_from_a_job)
    with db.transaction():
        jobs.room.enqueue(publish_from_a_job, "todos:7")

    jobs.drain()

    assert published.to("todos:7") == [("todo:changed", None)]


def test_whoever_asked_for_a_job_hears_how_far_it_is_and_nothing_of_what_it_says(shop, jobs, published):
    asked = Progress(job_id=uuid7(), asked_by="user:ada", fraction=0.5, note="Half of Ada's secrets")
    foreign = replace(asked, asked_by="machine:cron")

    for progress in (asked, foreign):
        send_progress(jobs.room, progress)

    assert published.to("jobs:user:ada") == [("job:progress", {"id": str(asked.job_id), "fraction": 0.5})]
    assert len(published.events) == 1


def test_whoever_asked_for_a_job_hears_of_each_step(shop, jobs, db, published):
    jobs.room.register(publish_from_a_job)
    with db.transaction():
        job_id = jobs.room.enqueue(publish_from_a_job, "todos:7", asked_by="user:ada")

    jobs.drain()

    heard = published.to("jobs:user:ada")
    assert {name for name, _ in heard} == {"job:changed"}
    assert [data["id"] for _, data in heard] == [str(job_id)] * len(heard)
    assert [data["state"] for _, data in heard][-1] == "done"


def test_a_word_of_ours_is_not_published(shop, publish):
    with pytest.raises(SetupError):
        publish("todos:7", "live:resync")


def test_an_application_that_has_no_live_events_says_what_to_do():
    with pytest.raises(SetupError, match="init_app"):
        live_of(Flask("shop"))


@pytest.mark.settings(live_sockets=0)
def test_without_sockets_events_are_published_all_the_same_and_nobody_can_listen(shop, published):
    live_of(shop).publish("todos:7", "todo:changed")

    assert published.to("todos:7") == [("todo:changed", None)]
    assert shop.test_client().get("/socket.io/").status_code == 404


def test_the_browsers_half_is_there_for_everybody(shop):
    with shop.test_client().get("/static/live/live.js") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/javascript")


def test_events_that_everybody_has_read_are_deleted(make_live_database):
    database = make_live_database("sqlite")
    room = Live(Jobs(database), DatabaseManager)
    room.publish("todos:7", "new")
    with database.transaction() as session:
        session.execute(LIVE_EVENTS.delete())
        session.execute(LIVE_EVENTS.insert(), {"message": "[]", "created_at": utc_now() - KEPT - timedelta(minutes=1)})
        session.execute(LIVE_EVENTS.insert(), {"message": "[]"})

    deleted = prune_events(live=room)

    with database.reading() as session:
        assert (deleted, session.scalar(select(func.count()).select_from(LIVE_EVENTS))) == (1, 1)


def test_live_events_join_the_jobs_of_their_application(shop):
    assert jobs_of(shop).seams["live"] is live_of(shop)
    assert "carboy.live.prune" in jobs_of(shop).handlers


def test_a_script_or_a_worker_publishes_without_flask():
    modules = [
        "room",
        "event",
        "joining",
        "progress",
        "ending",
        "managers.memory",
        "managers.database",
        "managers.redis",
    ]

    assert flask_brought_by([f"carboy.live.{module}" for module in modules]) == []


def test_a_start_opens_no_socket_and_loads_nothing_for_one(tmp_path):
    code = (
        "import sys, threading; from carboy import live, settings; from carboy.app import create_app;"
        "app = create_app('shop', settings.Settings.load(environ={}, mode='testing'), extensions=[live]);"
        "print([m for m in ('socketio', 'engineio', 'wsproto', 'redis') if m in sys.modules],"
        " threading.active_count())"
    )

    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert finished.stdout.splitlines()[-1] == "[] 1"
