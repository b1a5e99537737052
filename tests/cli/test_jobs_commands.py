"""`flask jobs …`, as an operator types them.

It runs what docs/how-to/celery.md and docs/how-to/jobs.md show.
"""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from carboy.context import utc_now
from carboy.data import Base
from carboy.data.flask import data_of
from carboy.jobs import Running, every, job
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import JOBS, SCHEDULES
from carboy.jobs.ticking import tick
from carboy.testing.jobs import JobsOfTest


@job(queue="exports")
def export(name: str):
    return {"rows": 3}


@job(attempts=1)
def stumble(*, job: Running):
    raise ValueError("over a stone\nand \x1b[31mdown")


@job(confidential=True)
def tell(secret: str): ...


@job
def forgotten(): ...


@every(3600)
@job
def look_around(): ...


LIBRARYS_OWN = ["carboy.idempotency.purge", "carboy.jobs.prune"]


@pytest.fixture
def app(make_app):
    app = make_app()
    Base.metadata.create_all(data_of(app).database.engine(), tables=[JOBS, SCHEDULES])
    jobs_of(app).register(export, stumble, tell, forgotten)
    tick(jobs_of(app))
    return app


@pytest.fixture
def ask(app):
    def enqueue(function, *given, **how):
        with data_of(app).database.transaction():
            return str(jobs_of(app).enqueue(function, *given, **how))

    return enqueue


@pytest.fixture
def drain(app):
    return lambda: JobsOfTest(jobs_of(app)).drain(raising=False)


@pytest.fixture
def change(app):
    """Write into every row as if it had come to it by itself."""

    def write(**values):
        with data_of(app).database.transaction() as session:
            session.execute(update(JOBS).values(values))

    return write


@pytest.fixture
def flask(app):
    runner = app.test_cli_runner()

    def run(*words):
        result = runner.invoke(args=["jobs", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout + ("" if result.exit_code == 0 else result.stderr)

    return run


def told(flask, *words):
    code, text = flask(*words)
    assert code == 0, text
    return text


def test_a_list_is_a_table_with_the_newest_first(flask, ask):
    asked = [ask(export, "Ada", asked_by="user:1"), ask(stumble)]

    heading, *lines = told(flask, "list").splitlines()

    assert heading.split() == ["ID", "STATE", "PROGRESS", "HANDLER", "QUEUE", "ASKED", "BY", "CREATED", "AT"]
    assert [line.split()[0] for line in lines] == asked[::-1]
    assert lines[1].split()[1:6] == ["queued", "-", "test_jobs_commands.export", "exports", "user:1"]


def test_a_list_can_be_narrowed_and_read_by_programs(flask, ask, drain):
    ask(export, "Ada")
    failed = ask(stumble)
    drain()

    narrowed = json.loads(told(flask, "list", "--state", "failed", "--format", "json"))

    assert [one["id"] for one in narrowed] == [failed]
    assert len(json.loads(told(flask, "list", "--format", "json", "--limit", "1"))) == 1
    assert json.loads(told(flask, "list", "--queue", "nowhere", "--format", "json")) == []
    assert told(flask, "list", "--queue", "nowhere") == "There are no such jobs.\n"


def test_everything_of_a_job_is_shown(flask, ask, drain):
    job_id = ask(export, "Ada", key="ada's", priority=5, asked_by="user:1")
    drain()

    text = told(flask, "show", job_id)
    shown = json.loads(told(flask, "show", job_id, "--format", "json"))

    assert all(word in text for word in (job_id, "done", "100%", "user:1", '{"name": "Ada"}', '{"rows": 3}'))
    assert (shown["priority"], shown["arguments"], shown["result"]) == (5, {"name": "Ada"}, {"rows": 3})


def test_an_error_is_shown_whole_and_cannot_command_the_terminal(flask, ask, drain):
    job_id = ask(stumble)
    drain()

    text = told(flask, "show", job_id)

    assert "1 of 1 failed, 0 lost, 1 begun" in text
    assert "\n    ValueError: over a stone\n    and \N{REPLACEMENT CHARACTER}[31mdown" in text


def test_what_a_job_was_asked_with_is_not_shown_where_it_is_confidential_or_nobody_can_say(app, flask, ask):
    confidential, unknown = ask(tell, "s3cret"), ask(export, "s3cret")
    del jobs_of(app).handlers["test_jobs_commands.export"]

    text = told(flask, "show", confidential) + told(flask, "show", unknown)

    assert ("confidential" in text, "nobody here knows" in text, "s3cret" in text) == (True, True, False)


@pytest.mark.parametrize("command", ["show", "retry", "cancel"])
def test_a_job_that_is_not_there_is_named_and_the_exit_code_is_1(flask, command):
    unknown = str(uuid4())

    code, text = flask(command, unknown)

    assert (code, unknown in text, "flask jobs list" in text) == (1, True, True)
    assert flask(command, "17")[0] == 2


def test_a_job_that_failed_is_tried_again(flask, ask, drain):
    job_id = ask(stumble)
    drain()

    assert told(flask, "retry", job_id) == "It is to be tried again.\n"
    assert drain() == 1


def test_all_that_failed_are_tried_again_or_those_of_one_handler(flask, ask, drain):
    ask(stumble), ask(stumble), ask(export, "Ada")
    drain()

    assert told(flask, "retry", "--failed", "--handler", "test_jobs_commands.export") == "0 jobs to be tried again.\n"
    assert told(flask, "retry", "--failed") == "2 jobs to be tried again.\n"
    assert drain() == 2


def test_one_whose_key_another_holds_is_not_tried_again_and_stops_no_other(flask, ask, drain):
    older = ask(stumble, key="only")
    drain()
    ask(stumble)
    newer = ask(stumble, key="only")
    drain()
    flask("retry", newer)

    alone, among_all = flask("retry", older), flask("retry", "--failed")

    assert (alone[0], newer in alone[1]) == (1, True)
    assert among_all == (0, "1 job to be tried again.\n")


@pytest.mark.parametrize(
    "words", [[], ["--handler", "x"], [str(uuid4()), "--failed"], [str(uuid4()), "--handler", "x"]]
)
def test_retry_wants_one_job_or_all_that_failed(flask, words):
    code, text = flask("retry", *words)

    assert (code, "say --failed" in text) == (2, True)


@pytest.mark.parametrize(
    ("command", "advice"), [("retry", "only one that failed"), ("cancel", "there is nothing to take back")]
)
def test_what_is_done_can_be_neither_tried_again_nor_taken_back(flask, ask, drain, command, advice):
    job_id = ask(export, "Ada")
    drain()

    code, text = flask(command, job_id)

    assert (code, f"This job is done: {advice}" in text) == (1, True)


def test_a_job_that_waits_is_taken_back_and_one_that_runs_is_told(flask, ask, change):
    waiting, running = ask(export, "Ada"), ask(export, "Grace")
    first = told(flask, "cancel", waiting)
    change(state="running")

    second = told(flask, "cancel", running)

    assert (first, second.startswith("It runs, and is told")) == ("It is cancelled.\n", True)


def test_how_it_stands_with_each_handler(flask, ask, drain, change):
    ask(stumble)
    drain()
    ask(export, "Ada", delay=timedelta(hours=1))

    lines = told(flask, "stats").splitlines()

    assert lines[0].split()[:6] == ["QUEUE", "HANDLER", "WAITING", "DUE", "RUNNING", "FAILED"]
    assert lines[1].split() == ["default", "test_jobs_commands.stumble", "0", "0", "0", "1", "0", "-", "yes"]
    assert lines[2].split() == ["exports", "test_jobs_commands.export", "1", "0", "0", "0", "0", "-", "yes"]
    assert len(lines) == 3


def test_it_is_said_what_nobody_here_knows_which_leases_are_over_and_how_long_one_has_waited(app, flask, ask, change):
    ask(forgotten), ask(export, "Ada")
    del jobs_of(app).handlers["test_jobs_commands.forgotten"]
    change(due_at=utc_now() - timedelta(hours=2))
    waited = json.loads(told(flask, "stats", "--format", "json"))
    change(state="running", look_at=utc_now() - timedelta(hours=2))

    text = told(flask, "stats")

    assert "Nobody here knows test_jobs_commands.forgotten." in text
    assert "A lease is over" in text
    assert all(7200 <= one["longest_wait"] < 7300 for one in waited)
    assert {one["handler"]: one["known_here"] for one in waited} == {
        "test_jobs_commands.forgotten": False,
        "test_jobs_commands.export": True,
    }


@pytest.fixture
def move(app):
    """Write into the rows of all schedules."""

    def write(**values):
        with data_of(app).database.transaction() as session:
            session.execute(update(SCHEDULES).values(values))

    return write


def test_what_is_scheduled_is_listed_without_a_scheduler(app, flask, move):
    soon, before = utc_now() + timedelta(minutes=3), utc_now() - timedelta(minutes=57)
    move(next_at=soon, last_at=before)
    jobs_of(app).register(look_around)

    heading, *lines = told(flask, "schedules").splitlines()
    listed = json.loads(told(flask, "schedules", "--format", "json"))

    assert heading.split() == ["HANDLER", "TIMING", "NEXT", "AT", "LAST", "AT", "LATE", "KNOWN", "HERE"]
    assert lines[1].startswith("carboy.jobs.prune")
    assert f"every 1 day    {soon:%Y-%m-%d %H:%M:%S}  {before:%Y-%m-%d %H:%M:%S}  no" in lines[1]
    assert [one["handler"] for one in listed] == [*LIBRARYS_OWN, "test_jobs_commands.look_around"]
    assert (listed[2]["next_at"], listed[2]["last_at"], listed[2]["known_here"]) == (None, None, True)


def test_a_schedule_of_another_release_is_listed_and_never_late(app, flask, move):
    move(next_at=utc_now() - timedelta(days=3))
    jobs_of(app).schedules.clear()

    listed = json.loads(told(flask, "schedules", "--format", "json"))

    assert [one["handler"] for one in listed] == LIBRARYS_OWN
    assert [(one["late"], one["known_here"]) for one in listed] == [(False, False)] * 2


@pytest.mark.parametrize(("seconds", "late"), [(-7200, True), (-30, False), (30, False)])
def test_it_is_said_where_nobody_looks_at_the_clock(flask, move, seconds, late):
    move(next_at=utc_now() + timedelta(seconds=seconds))

    texts = [told(flask, command) for command in ("stats", "schedules")]

    assert [
        ("Nobody asks for carboy.idempotency.purge, carboy.jobs.prune" in text, "flask scheduler" in text)
        for text in texts
    ] == [(late,) * 2] * 2


def test_it_is_said_where_nobody_has_ever_looked_at_the_clock(app, flask):
    jobs_of(app).register(look_around)

    assert "Nobody asks for test_jobs_commands.look_around" in told(flask, "stats")


def test_where_nothing_is_to_be_seen_it_says_so(flask):
    assert told(flask, "stats") == "Nothing waits, nothing runs, nothing has failed.\n"
    assert told(flask, "list") == "There are no such jobs.\n"


def test_what_ended_long_ago_is_forgotten_after_the_days_of_the_settings_or_those_given(flask, ask, drain, change):
    ask(export, "Ada")
    drain()
    change(look_at=utc_now() - timedelta(days=10))

    assert told(flask, "prune") == "Forgot 0 jobs.\n"
    assert told(flask, "prune", "--older-than-days", "9") == "Forgot 1 job.\n"


def test_a_database_that_is_behind_is_told_in_a_sentence(make_app, project):
    (project / "migrations/versions").mkdir(parents=True)
    (project / "migrations/versions/a1.py").write_text("revision, down_revision = 'a1', None")

    result = make_app().test_cli_runner().invoke(args=["jobs", "list"])

    assert (result.exit_code, "flask db upgrade" in result.stderr) == (1, True)
