"""What goes wrong is answered with a page that says what happened, and nothing of how we are built."""

import pytest
from flask import abort
from werkzeug.exceptions import HTTPException

from carboy import errors
from carboy.web import public


@pytest.fixture
def app(make_app):
    app = make_app()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def answer_to(app, error):
    def view():
        raise error

    app.add_url_rule("/raise", "raise", public(view))
    return app.test_client().get("/raise")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Invalid("Too long."), 422), (errors.Refused("Not yours."), 403),
        (errors.NotFound("No such todo."), 404), (errors.Conflict("Taken."), 409),
    ],
)  # fmt: skip
def test_an_error_of_the_house_is_answered_with_its_meaning(app, error, status):
    answer = answer_to(app, error)

    assert answer.status_code == status
    assert error.detail in answer.text


def test_busy_says_when_to_try_again_and_not_why(app):
    answer = answer_to(app, errors.Busy("no connection to db-17.internal", retry_after=7))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert "db-17" not in answer.text


@pytest.mark.parametrize("error", [errors.SetupError("the secret plan"), RuntimeError("the secret plan")])
def test_a_bug_is_logged_whole_and_told_to_nobody(app, error, caplog):
    answer = answer_to(app, error)

    assert answer.status_code == 500
    assert "secret plan" not in answer.text
    assert "the secret plan" in caplog.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_page_lists_every_violation_in_a_sentence(app):
    violations = [
        errors.Violation("form", "name", "maxLength", "At most 40 characters."),
        errors.Violation("body", "#/tags/0/a~1b", "type", "Text is expected."),
        errors.Violation("body", "#", "type", "An <object> is expected."),
    ]

    answer = answer_to(app, errors.Invalid("", {"email": ["Taken."]}, violations=violations))

    assert [item.partition("</li>")[0] for item in answer.text.split("<li>")[1:]] == [
        "name: At most 40 characters.",
        "tags 0 a/b: Text is expected.",
        "An &lt;object&gt; is expected.",
        "email: Taken.",
    ]


def test_a_wrong_method_of_a_page_says_which_are_right(app):
    app.add_url_rule("/form", "form", public(lambda: ""), methods=["POST"])

    answer = app.test_client().get("/form")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_application_draws_its_own_pages(app, project):
    (project / "shop/templates/errors").mkdir()
    (project / "shop/templates/errors/404.html").write_text("lost: {{ detail }} {{ status }}")
    (project / "shop/templates/errors/error.html").write_text("any: {{ title }} {{ request_id }}")
    app.add_url_rule("/clash", "clash", public(lambda: abort(409)))
    client = app.test_client()

    assert client.get("/nowhere").text.startswith("lost: ")
    assert client.get("/clash").text.startswith("any: That clashes")


def test_an_error_has_the_page_of_its_code_before_that_of_its_status(app, project):
    (project / "shop/templates/errors").mkdir()
    (project / "shop/templates/errors/csrf-failed.html").write_text("send it again")
    (project / "shop/templates/errors/403.html").write_text("not for you")
    app.add_url_rule("/form", "form", public(lambda: ""), methods=["POST"])
    app.add_url_rule("/no", "no", public(lambda: abort(403)))
    client = app.test_client()

    assert [client.post("/form").text, client.get("/no").text] == ["send it again", "not for you"]


def test_an_error_page_that_fails_becomes_a_plain_one(app, project, caplog):
    (project / "shop/templates/errors").mkdir()
    (project / "shop/templates/errors/404.html").write_text("{{ nobody.knows.this }}")

    answer = app.test_client().get("/nowhere")

    assert (answer.status_code, "There is nothing here" in answer.text) == (404, True)
    assert "could not be rendered" in caplog.text


def test_what_a_visitor_sent_is_escaped_in_our_own_page(app):
    answer = answer_to(app, errors.Invalid("<script>alert(1)</script>"))

    assert "<script>" not in answer.text


def test_head_has_the_status_of_get_and_no_body(app):
    answer = app.test_client().head("/nowhere")

    assert (answer.status_code, answer.data) == (404, b"")


def test_a_status_that_no_standard_knows_is_answered_as_it_is(app):
    class ClosedRequest(HTTPException):
        code = 499
        description = "The visitor left."

    assert answer_to(app, ClosedRequest()).status_code == 499


def test_an_error_page_is_stored_by_nobody(app):
    assert app.test_client().get("/nowhere").headers["Cache-Control"] == "no-store"
