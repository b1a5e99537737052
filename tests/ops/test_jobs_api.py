"""GET and DELETE /api/v1/jobs/<id>: for whoever asked for the job, and for nobody else."""

from uuid import uuid4

import pytest
from flask import Blueprint, Flask, session
from sqlalchemy import update

import carboy.jobs
from carboy import data, settings, web
from carboy.data import Base
from carboy.data.faults import DatabaseBusy
from carboy.data.flask import data_of
from carboy.errors import Conflict, SetupError
from carboy.jobs import Cancel, Fail, Running, job
from carboy.jobs.flask import jobs, jobs_of
from carboy.jobs.table import JOBS, State
from carboy.ops.jobs import JobStatus, accepted, job_url, register
from carboy.testing.jobs import JobsOfTest
from carboy.web.endpoints import endpoint
from carboy.web.endpoints.answers import Accepted
from carboy.web.identity import Identity, authenticator, public
from carboy.web.visitors import visitor


@job
def count(to: int, *, job: Running):
    job.progress(0.5, "half-way")
    return {"counted": to}


@job(attempts=1)
def stumble(how: str):
    match how:
        case "a bug":
            raise ValueError("s3cret")
        case "a fault of the database":
            raise DatabaseBusy("s3cret")
        case "for people":
            raise Conflict("That list is gone.")
        case "gives up":
            return Fail("The list is too long.")
    return Cancel("Nothing to do.")


@endpoint
def start_count() -> Accepted[JobStatus]:
    """Count, for whoever asks."""
    return accepted(jobs().enqueue(count, 3))


@endpoint
def start_shared() -> Accepted[JobStatus]:
    """Count once for all, which is wrong."""
    return accepted(jobs().enqueue(count, 3, key="shared"))


@endpoint
@public
def start_as_visitor(delay: int) -> Accepted[JobStatus]:
    """Count, for strangers as well."""
    return accepted(jobs().enqueue(count, 3, asked_by=visitor(), delay=delay))


@pytest.fixture
def every_door_is_open():
    return False


@pytest.fixture
def app(make_app):
    app = make_app()
    authenticator(app, _by_name, challenge="Test")
    app.add_url_rule("/api/v1/counts", view_func=start_count, methods=["POST"])
    app.add_url_rule("/api/v1/visits/<int:delay>", view_func=start_as_visitor, methods=["POST"])
    app.add_url_rule("/private", view_func=lambda: "private")
    Base.metadata.create_all(data_of(app).database.engine(), tables=[JOBS])
    jobs_of(app).register(count, stumble)
    return app


def _by_name(asked):
    name = asked.headers.get("X-Test")
    return Identity(None, frozenset(), None, via=f"test:{name}", ambient=False) if name else None


@pytest.fixture
def as_(app):
    """Somebody's client: as_("ada").get(…)."""

    def known(name):
        client = app.test_client()
        client.environ_base["HTTP_X_TEST"] = name
        return client

    return known


@pytest.fixture
def drain(app):
    return lambda **how: JobsOfTest(jobs_of(app)).drain(**how)


@pytest.fixture
def ask(app):
    """Ask for a job on behalf of Ada, and give the address of its page."""

    def enqueue(function, *given, **how):
        with data_of(app).database.transaction():
            return f"/api/v1/jobs/{jobs_of(app).enqueue(function, *given, asked_by='test:ada', **how)}"

    return enqueue


def test_who_asks_is_told_where_to_look_and_sees_it_through_to_its_result(as_, drain):
    ada = as_("ada")

    started = ada.post("/api/v1/counts")
    waiting = ada.get(started.location)
    drain()
    done = ada.get(started.location)

    assert (started.status_code, started.json["state"], started.headers["Retry-After"]) == (202, "queued", "1")
    assert started.location == f"/api/v1/jobs/{started.json['id']}"
    assert (waiting.json, waiting.headers["Retry-After"]) == (started.json, "1")
    assert (done.json["state"], done.json["progress"], done.json["result"]) == ("done", 1.0, {"counted": 3})
    assert done.json["finished_at"] >= done.json["started_at"] >= done.json["created_at"]
    assert "Retry-After" not in done.headers


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_to_others_it_is_not_there_and_strangers_must_say_who_they_are(app, as_, ask, method):
    address = ask(count, 3)
    unknown = f"/api/v1/jobs/{uuid4()}"

    theirs, nobodys = (as_("eve").open(one, method=method) for one in (address, unknown))
    stranger = app.test_client().open(address, method=method)

    assert (theirs.status_code, theirs.json["detail"]) == (404, nobodys.json["detail"])
    assert nobodys.status_code == 404
    assert (stranger.status_code, stranger.headers["WWW-Authenticate"]) == (401, 'ApiKey header="X-API-Key", Test')
    assert as_("ada").get(address).json["state"] == "queued"


def test_a_job_of_somebody_else_is_not_shown_because_it_has_the_same_key(app, as_):
    app.add_url_rule("/api/v1/shared", view_func=start_shared, methods=["POST"])
    app.testing = False

    first, again, others = (as_(name).post("/api/v1/shared") for name in ("ada", "ada", "eve"))

    assert (first.status_code, again.status_code, others.status_code) == (202, 202, 500)
    assert first.json["id"] == again.json["id"]
    assert first.json["id"] not in others.text + others.headers.get("Location", "")


def test_whoever_wrote_a_view_that_shows_a_job_of_somebody_else_is_told_what_to_do(app):
    with app.test_request_context("/"), data_of(app).database.transaction():
        job_id = jobs().enqueue(count, 3, asked_by="test:ada")

        with pytest.raises(SetupError, match=r"the asker into its key; .*asked_by=visitor\(\)"):
            accepted(job_id)


def test_one_is_told_that_a_stop_was_asked_for_until_the_job_is_over(app, as_, ask, drain):
    address = ask(count, 3)
    before = as_("ada").get(address).json["cancelling"]
    with data_of(app).database.transaction() as session:
        session.execute(update(JOBS).values(state=State.RUNNING))

    as_("ada").delete(address)
    told = as_("ada").get(address).json
    with data_of(app).database.transaction() as session:
        session.execute(update(JOBS).values(state=State.CANCELLED))

    assert (before, told["state"], told["cancelling"]) == (False, "running", True)
    assert as_("ada").get(address).json["cancelling"] is False


def test_what_nobody_asked_for_is_nobodys_to_see(app, as_):
    with data_of(app).database.transaction():
        job_id = jobs_of(app).enqueue(count, 3, asked_by="")

    assert as_("ada").get(f"/api/v1/jobs/{job_id}").status_code == 404
    assert app.test_client().get(f"/api/v1/jobs/{job_id}").status_code == 401


@pytest.mark.parametrize(
    ("how", "state", "note", "error"),
    [
        ("a bug", "failed", None, "It could not be done. The fault is on our side, and it is written down."),
        ("for people", "failed", None, "That list is gone."),
        ("gives up", "failed", None, "The list is too long."),
        ("finds nothing", "cancelled", "Nothing to do.", None),
        ("a fault of the database", "queued", None, None),
    ],
)
def test_what_went_wrong_is_told_to_people_and_never_as_a_traceback(as_, ask, drain, how, state, note, error):
    address = ask(stumble, how)

    drain(raising=False)
    shown = as_("ada").get(address)

    assert (shown.json["state"], shown.json["note"], shown.json["error"]) == (state, note, error)
    assert not {word for word in ("s3cret", "Traceback", "stumble") if word in shown.text}


def test_what_has_not_changed_is_not_sent_again(as_, ask, drain):
    address = ask(count, 3)
    first = as_("ada").get(address)

    again = as_("ada").get(address, headers={"If-None-Match": first.headers["ETag"]})
    drain()
    after = as_("ada").get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.headers["Retry-After"]) == (304, "1")
    assert (after.status_code, after.json["state"]) == (200, "done")


@pytest.mark.parametrize(("delay", "seconds"), [(0, "1"), (20, "20"), (7200, "60")])
def test_one_is_told_to_look_again_when_there_may_be_something_to_see(app, clock, delay, seconds):
    assert app.test_client().post(f"/api/v1/visits/{delay}").headers["Retry-After"] == seconds


def test_a_job_that_waits_is_taken_back_at_once_however_often_one_asks(as_, ask, drain):
    address = ask(count, 3)

    answers = [as_("ada").delete(address).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert drain() == 0
    assert as_("ada").get(address).json["state"] == State.CANCELLED


def test_a_job_that_is_over_cannot_be_taken_back(as_, ask, drain):
    address = ask(count, 3)
    drain()

    answer = as_("ada").delete(address)

    assert (answer.status_code, as_("ada").get(address).json["state"]) == (409, "done")


def test_a_visitor_sees_their_own_job_and_no_other_visitor_does(app, drain):
    mine, other = app.test_client(), app.test_client()

    started, _ = mine.post("/api/v1/visits/0"), other.post("/api/v1/visits/0")
    drain()
    shown = mine.get(started.location)

    assert (shown.json["state"], shown.headers["Cache-Control"]) == ("done", "private, no-cache")
    assert "Cookie" in shown.headers["Vary"]
    assert other.get(started.location).status_code == 404
    assert app.test_client().get(started.location).status_code == 401


@pytest.mark.parametrize(("site", "status"), [("same-origin", 204), ("same-site", 403), ("cross-site", 403)])
def test_a_visitors_job_is_taken_back_from_our_pages_alone(app, site, status):
    client = app.test_client()
    started = client.post("/api/v1/visits/0")

    answer = client.delete(started.location, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == status
    assert (client.get(started.location).json["state"] == "cancelled") == (status == 204)


def test_a_visitor_is_no_identity_and_opens_no_other_door(app):
    client = app.test_client()

    client.post("/api/v1/visits/0")

    assert client.get("/private").status_code == 401
    assert client.post("/api/v1/counts", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 401


def test_a_visitor_keeps_their_name_and_a_forged_one_is_worth_nothing(app):
    app.add_url_rule("/name", view_func=public(visitor))
    client = app.test_client()

    names = {client.get("/name").text for _ in range(2)}
    forged = app.test_client()
    forged.set_cookie("session", "x" + client.get_cookie("session").value[1:])

    assert (len(names), names.pop()[:8]) == (1, "visitor:")
    assert forged.get("/name").text != client.get("/name").text


def test_somebody_known_still_sees_what_they_asked_for_as_a_visitor(app):
    client = app.test_client()
    started = client.post("/api/v1/visits/0")

    shown = client.get(started.location, headers={"X-Test": "ada"})

    assert shown.status_code == 200


def test_who_is_not_a_visitor_yet_is_not_made_one_by_looking(app):
    with app.test_client() as client:
        client.get(f"/api/v1/jobs/{uuid4()}")

        assert dict(session) == {}


def test_the_address_of_a_job_stays_under_the_mount(make_app):
    app = make_app(script_name="/sub")
    app.add_url_rule("/api/v1/visits/<int:delay>", view_func=start_as_visitor, methods=["POST"])
    Base.metadata.create_all(data_of(app).database.engine(), tables=[JOBS])
    jobs_of(app).register(count)
    client = app.test_client()

    started = client.post("/sub/api/v1/visits/0")

    assert started.location.startswith("/sub/api/v1/jobs/")
    assert client.get(started.location).status_code == 200


def test_a_page_is_told_the_address_on_the_first_version_of_the_api(app):
    with data_of(app).database.transaction(), app.test_request_context("/"):
        address = job_url(jobs().enqueue(count, 3))

    assert address.startswith("/api/v1/jobs/")


def test_an_application_that_is_there_already_puts_them_on_an_api_of_its_own(make_settings):
    app = Flask("shop")
    app.secret_key = "throw-away"
    settings.adopt(app, make_settings())
    data.init_app(app)
    carboy.jobs.init_app(app)
    web.init_app(app)
    api = Blueprint("api", __name__, url_prefix="/api")
    register(app, api)
    api.post("/visits/<int:delay>")(start_as_visitor)
    app.register_blueprint(api)
    Base.metadata.create_all(data_of(app).database.engine(), tables=[JOBS])
    jobs_of(app).register(count)
    client = app.test_client()

    started = client.post("/api/visits/0")

    assert (started.status_code, started.location[:10]) == (202, "/api/jobs/")
    assert client.get(started.location).status_code == 200
    data_of(app).database.close()


def test_an_address_where_no_api_shows_jobs_is_refused_with_what_to_do(make_app):
    app = make_app()
    del app.extensions["carboy.jobs_api"]

    with app.test_request_context("/"), pytest.raises(SetupError, match=r"carboy\.ops\.jobs\.register"):
        job_url(uuid4())
