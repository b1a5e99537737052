"""What a handler is, what it is given, and what it may be asked with."""

import sys
from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from carboy import data, settings
from carboy import jobs as jobs_room
from carboy.app import create_app
from carboy.errors import SetupError
from carboy.jobs import Jobs, job
from carboy.jobs.declaring import handler_of
from carboy.jobs.flask import jobs_of

on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def test_a_job_stays_a_plain_function():
    @job
    def add(one: int, other: int):
        return one + other

    assert add(1, 2) == 3


@on_sqlite
def test_a_handler_is_given_what_it_names(jobs, ask, run_next, database):
    seen = {}

    @job
    def look(name: str, *, db, job, jobs, warehouse):
        seen.update(name=name, db=db, id=job.id, room=jobs.handlers, warehouse=warehouse)

    jobs.provide(warehouse="full")
    asked = ask(look, "Ada")
    run_next()

    assert seen == {"name": "Ada", "db": database, "id": asked, "room": jobs.handlers, "warehouse": "full"}


@on_sqlite
def test_who_wants_what_is_not_there_is_refused_at_once(jobs):
    @job
    def look(*, warehouse): ...

    with pytest.raises(SetupError, match=r"wants warehouse.*Provide it"):
        jobs.register(look)


@on_sqlite
def test_an_argument_left_out_has_its_default(ask, run_next):
    @job
    def greet(name: str, greeting: str = "Hello"):
        return f"{greeting}, {name}"

    ask(greet, "Ada")

    assert run_next().result == '"Hello, Ada"'


@on_sqlite
def test_an_annotation_that_only_a_type_checker_knows_is_no_hindrance(ask, run_next):
    @job
    def greet(name: str, *, db: "OnlyForCheckers") -> "OnlyForCheckers":  # noqa: F821
        return name

    ask(greet, "Ada")

    assert run_next().result == '"Ada"'


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"priority": 101}, "priority"),
        ({"attempts": 0}, "at least"),
        ({"hard_limit": timedelta(1)}, "isolate=True"),
        ({"soft_limit": 0}, "no time"),
        ({"hard_limit": timedelta(-1), "isolate": True}, "no time"),
        ({"soft_limit": 2, "hard_limit": timedelta(seconds=1), "isolate": True}, "shorter"),
        ({"name": "n" * 201}, "over 200"),
        ({"queue": "q" * 41}, "over 40"),
    ],
)
def test_what_a_row_cannot_hold_or_nobody_can_do_is_refused_where_it_is_declared(options, advice):
    with pytest.raises(SetupError, match=advice):

        @job(**options)
        def never(): ...


def test_a_limit_is_a_timedelta_or_seconds():
    @job(soft_limit=30, hard_limit=timedelta(minutes=1), isolate=True)
    def dawdle(): ...

    handler = handler_of(dawdle)
    assert (handler.soft_limit, handler.hard_limit) == (timedelta(seconds=30), timedelta(minutes=1))


def test_what_nobody_would_wait_for_or_go_through_is_refused_where_it_is_declared():
    async def later(): ...

    async def later_and_later():
        yield

    def step_by_step():
        yield

    for function, advice in [(later, "asyncio.run"), (later_and_later, "asyncio.run"), (step_by_step, "plain")]:
        with pytest.raises(SetupError, match=advice):
            job(function)


def test_parameters_that_cannot_be_named_are_refused():
    with pytest.raises(SetupError, match="Name them"):

        @job
        def starred(*everything): ...

    with pytest.raises(SetupError, match="Name them"):

        @job
        def unnamed(first, /): ...


def test_a_parameter_called_as_an_option_of_asking_is_refused():
    with pytest.raises(SetupError, match="key"):

        @job
        def locksmith(key: str): ...


@on_sqlite
def test_two_jobs_of_one_name_are_refused(jobs):
    @job(name="twin")
    def one(): ...

    @job(name="twin")
    def other(): ...

    jobs.register(one)

    with pytest.raises(SetupError, match="Two jobs are called twin"):
        jobs.register(other)


@on_sqlite
def test_a_renamed_job_does_what_was_asked_for_under_its_old_name(database, ask, make_workplace, row):
    @job(name="old")
    def before():
        return "before"

    @job(name="new", formerly=["old"])
    def after():
        return "after"

    asked = ask(before)
    newer = Jobs(database)
    newer.register(after)
    place = make_workplace(newer)

    place.run(place.claim(["default"]))

    assert row(asked).result == '"after"'


def test_where_an_application_is_made_anew_is_known_if_its_own_module_says_so(make_settings, monkeypatch):
    def made_by(**names):
        monkeypatch.setitem(sys.modules, "a_shop", module := ModuleType("a_shop"))
        module.__dict__.update(names)
        return jobs_of(create_app("a_shop", make_settings())).factory

    assert made_by(create_app=lambda settings: None) == "a_shop:create_app"
    assert made_by(create_app=create_app) == ""
    assert made_by() == ""


def test_an_application_that_was_there_already_says_where_it_is_made_anew(make_settings):
    @job(isolate=True)
    def alone(): ...

    app = Flask("a_shop")
    settings.adopt(app, make_settings())
    data.init_app(app)
    jobs_room.init_app(app)

    with pytest.raises(SetupError, match=r"factory='shop:create_app'"):
        jobs_of(app).register(alone)


@on_sqlite
def test_a_job_in_a_process_of_its_own_needs_a_factory(database):
    @job(isolate=True)
    def alone(): ...

    with pytest.raises(SetupError, match="factory"):
        Jobs(database).register(alone)
