"""A form that cannot be taken is shown again, as it was typed, with what is wrong beside its fields."""

from typing import Annotated

import pytest
from flask import Response, redirect, render_template_string
from pydantic import Field

from carboy.data.flask import data_of, db
from carboy.errors import Busy, CarboyError, Conflict, Invalid, NotFound, Throttled
from carboy.testing.browsing import Browser
from carboy.web import Form, Query, Schema, endpoint, public, requires_role

PAGE = """
<p class="told">{{ form.detail }}</p>
<input name="title" value="{{ form.value('title', 'stored') }}">
{%- for one in form.wrong("title") %}<em>{{ one }}</em>{% endfor %}
{% for fault in form.faults %}<li>{{ fault.name }}: {{ fault.detail }}</li>{% endfor %}
{{ "refused" if form.refused }}
"""


class Note(Schema):
    """A note, as a form sends it."""

    title: Annotated[str, Field(min_length=3, max_length=20)]
    place: str | None = None
    done: bool = False


class Mislaid(CarboyError):
    """An error of this page's own."""

    status = 404
    code = "mislaid"
    title = "It is mislaid"


@public
def write_note() -> str:
    return render_template_string(PAGE)


@pytest.fixture
def make_site(make_app):
    """An application with a form at /notes, whose view does what the test says."""

    def make(does=lambda note: None, again=write_note, **declared):
        app = make_app()

        @app.post("/notes")
        @endpoint(again=again, **declared)
        @public
        def create_note(note: Annotated[Note, Form()]) -> Response:
            does(note)
            return redirect("/", 303)

        app.add_url_rule("/notes", "write_note", write_note)
        return Browser(app)

    return make


def raises(error):
    def does(_note):
        raise error

    return does


def test_what_was_typed_stands_there_again_and_what_is_wrong_beside_it(make_site):
    site = make_site()

    answer = site.send("/notes", title="ab")

    assert answer.status_code == 422
    assert 'value="ab"><em>At least 3 characters.</em>' in answer.text
    assert "<li>title: At least 3 characters.</li>" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_that_nobody_has_sent_shows_what_is_stored_and_nothing_wrong(make_site):
    page = make_site().get("/notes")

    assert 'value="stored">' in page.text
    assert "refused" not in page.text


def test_the_fields_of_another_form_on_the_page_are_as_they_were(make_site):
    answer = make_site().send("/notes", done="perhaps")

    assert answer.status_code == 422
    assert 'value="stored">' in answer.text


def test_a_rule_of_the_domain_is_told_beside_its_field_like_one_of_the_contract(make_site):
    site = make_site(raises(Invalid("It cannot be used.", {"title": ["It is taken."]})))

    answer = site.send("/notes", title="taken")

    assert answer.status_code == 422
    assert 'value="taken"><em>It is taken.</em>' in answer.text


@pytest.mark.parametrize("error", [Conflict("Somebody was faster."), Throttled("Not so often.", retry_after=7)])
def test_a_refusal_of_the_whole_is_told_above_the_fields(make_site, error):
    answer = make_site(raises(error)).send("/notes", title="a note")

    assert answer.status_code == error.status
    assert f'<p class="told">{error.detail}</p>' in answer.text
    assert 'value="a note"' in answer.text
    assert answer.headers.get("Retry-After") == error.headers.get("Retry-After")


def test_an_error_of_the_views_own_is_told_there_as_well_if_it_is_declared(make_site):
    declared = make_site(raises(Mislaid("It lies elsewhere.")), raises=[Mislaid]).send("/notes", title="a note")

    assert (declared.status_code, "refused" in declared.text) == (404, True)


@pytest.mark.parametrize("error", [NotFound("It is gone."), Busy()])
def test_what_is_not_about_the_form_has_the_page_of_an_error(make_site, error):
    answer = make_site(raises(error)).send("/notes", title="a note")

    assert answer.status_code == error.status
    assert "refused" not in answer.text


def test_what_was_typed_is_text_and_no_markup(make_site):
    answer = make_site().send("/notes", title='"><script>alert(1)</script> and more than twenty')

    assert answer.status_code == 422
    assert "<script>" not in answer.text


def test_a_view_that_names_no_page_has_the_page_of_an_error(make_site):
    answer = make_site(again=None).send("/notes", title="ab")

    assert answer.status_code == 422
    assert "refused" not in answer.text
    assert "title: At least 3 characters." in answer.text


def test_nobody_sees_the_page_behind_a_form_who_may_not_come_in_there(make_site):
    @requires_role("admin")
    def office():
        return "the office"

    answer = make_site(again=office).send("/notes", title="ab")

    assert answer.status_code == 422
    assert "the office" not in answer.text


def test_a_page_that_fails_itself_leaves_the_first_error(make_site):
    @public
    def gone():
        raise NotFound

    answer = make_site(again=gone).send("/notes", title="ab")

    assert answer.status_code == 422


def test_the_page_finds_a_database_in_which_nothing_of_the_refused_was_done(make_app):
    app = make_app(migrated=True)

    @public
    def show() -> str:
        return str(db().session.connection().exec_driver_sql("SELECT count(*) FROM notes").scalar())

    with data_of(app).database.transaction() as session:
        session.connection().exec_driver_sql("CREATE TABLE notes (title TEXT)")

    @app.post("/notes")
    @endpoint(again=show)
    @public
    def create(note: Annotated[Note, Form()]) -> str:
        db().session.connection().exec_driver_sql("INSERT INTO notes VALUES ('half done')")
        raise Conflict("Somebody was faster.")

    answer = Browser(app).send("/notes", title="a note")

    assert (answer.status_code, answer.text) == (409, "0")


EMPTY = [
    ({"title": "abc"}, {"title": "abc", "place": None, "done": False}),
    ({"title": "abc", "place": ""}, {"title": "abc", "place": None, "done": False}),
    ({"title": "abc", "place": " "}, {"title": "abc", "place": " ", "done": False}),
    ({"title": "abc", "done": "on"}, {"title": "abc", "place": None, "done": True}),
    ({"title": "abc", "done": "true"}, {"title": "abc", "place": None, "done": True}),
    ({"title": "abc", "done": ["false", "true"]}, {"title": "abc", "place": None, "done": True}),
    ({"title": "abc", "done": "false"}, {"title": "abc", "place": None, "done": False}),
]


@pytest.mark.parametrize(("sent", "taken"), EMPTY)
def test_an_empty_field_is_nothing_where_that_may_be_and_a_ticked_box_is_true(make_site, sent, taken):
    notes = []

    answer = make_site(notes.append).send("/notes", **sent)

    assert answer.status_code == 303
    assert [note.model_dump() for note in notes] == [taken]


def test_what_a_form_left_empty_was_given_all_the_same(make_site):
    notes = []

    make_site(notes.append).send("/notes", title="abc", place="")

    assert notes[0].given() == {"title": "abc", "place": None}


def test_a_field_that_is_needed_is_not_left_empty(make_site):
    answer = make_site().send("/notes", title="")

    assert answer.status_code == 422


def test_the_search_of_a_page_may_be_left_empty_as_well(make_app):
    app = make_app()

    @app.get("/notes")
    @endpoint
    def find(q: Annotated[str | None, Query(min_length=1)] = None) -> str:
        return repr(q)

    assert app.test_client().get("/notes?q=").text == "None"


def test_an_api_knows_no_empty_and_no_ticked_fields(make_app):
    app = make_app()

    @app.get("/api/v1/notes")
    @endpoint
    def find(q: Annotated[str | None, Query(min_length=1)] = None, done: Annotated[bool, Query()] = False) -> str:
        return "found"

    assert app.test_client().get("/api/v1/notes?q=").status_code == 422
    assert app.test_client().get("/api/v1/notes?done=on").status_code == 422


@pytest.mark.parametrize(("sent", "ticked"), [(["false", "true"], "ticked"), (["false"], "not")])
def test_a_box_of_a_refused_form_is_ticked_as_it_was(make_app, sent, ticked):
    app = make_app()

    @public
    def show() -> str:
        return render_template_string("{{ 'ticked' if form.ticked('done', false) else 'not' }}")

    @app.post("/notes")
    @endpoint(again=show)
    @public
    def create(note: Annotated[Note, Form()]) -> str:
        return "kept"

    assert Browser(app).send("/notes", title="", done=sent).text == ticked
