"""The job on the first page: asked for and watched through the API, by anybody, where those who build look."""

import re

import pytest

from starter import create_app
from starter.home import domain
from starter.home.jobs import count_to_a_hundred

FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


class Report:
    """Stands for the job at work, and keeps what is reported."""

    def __init__(self):
        self.steps = []

    def progress(self, fraction, note):
        self.steps.append((fraction, note))


def test_it_counts_to_a_hundred_and_says_how_far_it_is():
    report = Report()

    result = count_to_a_hundred(0, job=report)

    assert result == {"counted_to": 100}
    assert len(report.steps) == 100
    assert (report.steps[40], report.steps[-1]) == ((0.41, "41 of 100"), (1.0, "100 of 100"))


def test_whoever_presses_the_button_can_watch_their_own_count_and_nobody_elses(app, client, jobs, monkeypatch):
    monkeypatch.setattr("starter.home.api.SECONDS_A_STEP", 0)
    address = re.search(r'data-start="([^"]+)"', client.get("/").text)[1]

    started = client.post(address)
    jobs.drain()
    watched = client.get(started.location)

    assert (started.status_code, started.json["state"]) == (202, "queued")
    assert (watched.json["state"], watched.json["result"]) == ("done", {"counted_to": 100})
    assert app.test_client().get(started.location).status_code == 401


def test_a_count_can_be_stopped(client, jobs):
    started = client.post("/api/v1/demo/counts", headers=FROM_OUR_PAGE)

    stopped = client.delete(started.location, headers=FROM_OUR_PAGE)

    assert (stopped.status_code, jobs.drain()) == (204, 0)
    assert client.get(started.location).json["state"] == "cancelled"


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_no_other_site_starts_or_stops_a_count(client, jobs, site):
    stranger = client.post("/api/v1/demo/counts", headers={"Sec-Fetch-Site": site})
    started = client.post("/api/v1/demo/counts", headers=FROM_OUR_PAGE)

    again = client.post("/api/v1/demo/counts", headers={"Sec-Fetch-Site": site})
    stopped = client.delete(started.location, headers={"Sec-Fetch-Site": site})

    assert [answer.status_code for answer in (stranger, started, again, stopped)] == [403, 202, 403, 403]
    assert len(jobs.enqueued(count_to_a_hundred)) == 1


def test_nobody_presses_it_for_ever(client, jobs):
    answers = [client.post("/api/v1/demo/counts", headers=FROM_OUR_PAGE).status_code for _ in range(31)]

    assert answers == [202] * 30 + [429]
    assert len(jobs.enqueued(count_to_a_hundred)) == 30


def test_what_the_script_looks_for_is_on_the_page(client):
    page = client.get("/").text
    with client.get(re.search(r'<script type="module" src="([^"]+)"', page)[1]) as answer:
        script = answer.text

    assert re.search(r'id="count".+<button[^>]+hidden>.+<progress[^>]+>.+role="status".+class="note"', page, re.DOTALL)
    assert set(re.findall(r"innerHTML|eval\(|https?://|\.style\b", script)) == set()


@pytest.mark.parametrize(
    ("engine", "command"),
    [
        ("local", "run flask worker"),
        ("celery", "celery -A starter.celery"),
    ],
)
def test_whoever_waits_in_vain_is_told_how_to_get_a_worker_of_the_engine_in_use(settings, engine, command):
    client = create_app(settings.model_copy(update={"jobs_engine": engine})).test_client()

    said = re.search(r'data-worker="([^"]+)"', client.get("/").text)[1]

    assert command in said
    assert ("flask dev" in said) == (engine == "local")


@pytest.mark.settings(script_name="/sub")
def test_under_a_mount_it_is_watched_there(client):
    address = re.search(r'data-start="([^"]+)"', client.get("/sub/").text)[1]

    started = client.post(address)

    assert (address, started.location[:17]) == ("/sub/api/v1/demo/counts", "/sub/api/v1/jobs/")
    assert client.get(started.location).status_code == 200


def test_the_public_application_has_no_demonstration(settings, monkeypatch):
    monkeypatch.setattr(domain, "shows_workshop", lambda mode: False)
    client = create_app(settings).test_client()

    assert client.post("/api/v1/demo/counts").status_code == 404
    assert "home.js" not in client.get("/").text
