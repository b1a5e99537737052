"""Every error of the API is problem+json (RFC 9457), whatever raised it, and every code has a page that explains it."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Blueprint, Flask, Response, abort, redirect, request
from sqlalchemy import text
from werkzeug.exceptions import HTTPException, NotFound, ServiceUnavailable, TooManyRequests, Unauthorized

from carboy import errors, settings, web
from carboy.data.flask import data_of, db
from carboy.web import problems, public
from carboy.web.errors import answer as answer_error

ROOT = Path(__file__).parents[2]
PROBLEM = "application/problem+json"


@pytest.fixture
def api():
    return Blueprint("api", "shop", url_prefix="/api")


@pytest.fixture
def app(make_app):
    app = make_app()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def serving(app, api):
    """A client of an API with these views, at /api/<name>."""

    def serve(**views):
        for name, view in views.items():
            api.add_url_rule(f"/{name}", name, public(view), methods=["GET", "POST"])
        app.register_blueprint(api)
        return app.test_client()

    return serve


@pytest.fixture
def answer_to(serving):
    """What the API answers when its view raises this."""

    def ask(error):
        def view():
            raise error

        return serving(raises=view).get("/api/raises")

    return ask


def nothing():
    return ""


HOUSE = [
    (errors.Malformed("x"), 400, "malformed"), (errors.Unauthenticated("x"), 401, "unauthenticated"),
    (errors.Refused("x"), 403, "forbidden"), (errors.NotFound("x"), 404, "not-found"),
    (errors.Conflict("x"), 409, "conflict"), (errors.PreconditionFailed("x"), 412, "precondition-failed"),
    (errors.UnsupportedMedia("x"), 415, "unsupported-media-type"), (errors.Invalid("x"), 422, "invalid"),
    (errors.PreconditionRequired("x"), 428, "precondition-required"), (errors.Throttled("x"), 429, "rate-limited"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "code"), HOUSE)
def test_an_error_of_the_house_tells_its_code_title_and_detail(answer_to, error, status, code):
    answer = answer_to(error)

    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    assert answer.json == {
        "type": f"/problems/{code}",
        "title": error.title,
        "status": status,
        "code": code,
        "detail": "x",
        "request_id": answer.headers["X-Request-ID"],
    }


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad-request"), (401, "unauthenticated"), (403, "forbidden"), (404, "not-found"),
        (405, "method-not-allowed"), (406, "not-acceptable"), (408, "request-timeout"), (409, "conflict"),
        (410, "gone"), (412, "precondition-failed"), (413, "payload-too-large"), (414, "uri-too-long"),
        (415, "unsupported-media-type"), (416, "range-not-satisfiable"), (418, "im-a-teapot"), (422, "invalid"),
        (428, "precondition-required"), (429, "rate-limited"), (431, "header-fields-too-large"),
        (451, "unavailable-for-legal-reasons"), (500, "internal-error"), (501, "not-implemented"),
        (502, "bad-gateway"), (503, "busy"), (504, "gateway-timeout"),
    ],
)  # fmt: skip
def test_an_error_of_http_has_a_code_that_stays(serving, status, code):
    client = serving(abort=lambda: abort(status))

    answer = client.get("/api/abort")

    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (status, PROBLEM, code)
    assert answer.json["status"] == status
    assert "detail" not in answer.json


@pytest.mark.parametrize(("status", "code"), [(499, "bad-request"), (599, "internal-error")])
def test_a_status_that_nobody_knows_is_told_as_one_of_its_hundred(answer_to, status, code):
    error = HTTPException()
    error.code = status

    answer = answer_to(error)

    assert (answer.status_code, answer.json["status"], answer.json["code"]) == (status, status, code)


def test_what_was_written_for_the_case_is_told_and_a_stock_sentence_is_not(serving):
    client = serving(own=lambda: abort(404, "No such parcel."), stock=lambda: request.args["missing"])

    assert client.get("/api/own").json["detail"] == "No such parcel."
    assert "detail" not in client.get("/api/stock").json


VIOLATIONS = [
    errors.Violation("body", "#/tags/0/name", "maxLength", "At most 40 characters."),
    errors.Violation("query", "limit", "maximum", "At most 100."),
]


def test_every_violation_is_told_with_its_place(answer_to):
    answer = answer_to(errors.Invalid("2 fields need attention.", violations=VIOLATIONS))

    assert answer.json["errors"] == [
        {"in": "body", "pointer": "#/tags/0/name", "code": "maxLength", "detail": "At most 40 characters."},
        {"in": "query", "parameter": "limit", "code": "maximum", "detail": "At most 100."},
    ]


def test_a_rule_of_the_domain_is_told_at_its_field(answer_to):
    answer = answer_to(errors.Invalid("No.", {"name": ["Taken.", "Too dull."], "a/b~c": ["Odd."]}))

    assert answer.json["errors"] == [
        {"in": "body", "pointer": "#/name", "code": "rule", "detail": "Taken."},
        {"in": "body", "pointer": "#/name", "code": "rule", "detail": "Too dull."},
        {"in": "body", "pointer": "#/a~1b~0c", "code": "rule", "detail": "Odd."},
    ]


def test_text_of_any_language_is_written_as_it_is(answer_to):
    answer = answer_to(errors.Conflict("이미 있는 이름입니다 🍷"))

    assert "이미 있는 이름입니다 🍷".encode() in answer.data


def test_half_a_surrogate_pair_is_still_json(answer_to):
    answer = answer_to(errors.Conflict("\ud83c"))

    assert json.loads(answer.data)["detail"] == "\ud83c"


def test_nobody_stores_a_problem(answer_to):
    assert answer_to(errors.NotFound()).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("error", "name", "values"),
    [
        (errors.Unauthenticated("", challenge='Bearer realm="api"'), "WWW-Authenticate", ['Bearer realm="api"']),
        (errors.Throttled("", retry_after=7), "Retry-After", ["7"]),
        (errors.Busy("db-17 is away", retry_after=3), "Retry-After", ["3"]),
        (TooManyRequests(retry_after=9), "Retry-After", ["9"]),
        (ServiceUnavailable(retry_after=9), "Retry-After", ["9"]),
        (Unauthorized(www_authenticate=[]), "Content-Type", [PROBLEM]),
    ],
)
def test_the_fields_of_an_error_are_sent_along(answer_to, error, name, values):
    answer = answer_to(error)

    assert answer.headers.getlist(name) == values
    assert b"db-17" not in answer.data


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_is_no_bug_and_not_explained_to_visitors(answer_to, number, caplog):
    answer = answer_to(OSError(number, os.strerror(number), "/srv/secret-place"))

    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "60")
    assert b"secret-place" not in answer.data
    assert "There is no room just now" in caplog.text


BUGS = [errors.SetupError("the secret plan"), RuntimeError("the secret plan"), OSError(errno.EIO, "the secret plan")]


@pytest.mark.parametrize("error", BUGS)
def test_a_bug_is_in_the_log_with_its_request_and_told_to_nobody(answer_to, error, caplog):
    answer = answer_to(error)

    assert answer.json == {
        "type": "/problems/internal-error",
        "title": "Something went wrong on our side",
        "status": 500,
        "code": "internal-error",
        "request_id": answer.headers["X-Request-ID"],
    }
    assert "the secret plan" in caplog.text


@pytest.mark.parametrize("error", [errors.SetupError("a bug"), RuntimeError("a bug")])
def test_a_bug_is_shown_to_a_developer(app, answer_to, error):
    app.config["PROPAGATE_EXCEPTIONS"] = None
    app.testing = True

    with pytest.raises(type(error), match="a bug"):
        answer_to(error)


def test_what_has_no_route_is_told_by_its_path(app):
    answer = app.test_client().get("/api/v1/nowhere")

    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (404, PROBLEM, "not-found")


def test_a_wrong_method_says_which_are_right(serving):
    client = serving(todos=nothing)

    answer = client.delete("/api/todos")

    assert (answer.status_code, answer.json["code"]) == (405, "method-not-allowed")
    assert set(answer.allow) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_strange_host_is_told_so_in_json(serving):
    client = serving(todos=nothing)

    answers = [client.get(path, headers={"Host": "evil.example"}) for path in ("/api/todos", "/api/nowhere")]

    assert [(one.status_code, one.json["code"]) for one in answers] == [(400, "untrusted-host")] * 2


def test_too_large_a_body_is_told_so(app, serving):
    client = serving(todos=lambda: request.get_json()["title"])
    app.config["MAX_CONTENT_LENGTH"] = 10

    answer = client.post("/api/todos", json="more than ten bytes")

    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (413, PROBLEM, "payload-too-large")


def test_an_error_in_somebody_elses_hook_is_told_as_one_of_a_view_is(app, serving):
    client = serving(todos=nothing)
    app.before_request(lambda: abort(410))

    answer = client.get("/api/todos")

    assert (answer.status_code, answer.json["code"]) == (410, "gone")


def test_a_hook_that_breaks_after_the_view_is_a_bug(api, serving, caplog):
    def break_once(_response):
        if "broke" not in request.environ:
            request.environ["broke"] = True
            raise RuntimeError("the secret plan")
        return _response

    api.after_request(break_once)

    answer = serving(todos=nothing).get("/api/todos")

    assert (answer.status_code, answer.json["code"]) == (500, "internal-error")
    assert "the secret plan" in caplog.text


def test_a_commit_that_fails_is_told_as_a_problem(app, serving):
    def send_to_nobody():
        db().session.execute(text("INSERT INTO parcels VALUES (1, 99)"))
        return "sent"

    with data_of(app).database.transaction() as session:
        session.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY)"))
        session.execute(
            text("CREATE TABLE parcels (id INTEGER, person INTEGER REFERENCES people DEFERRABLE INITIALLY DEFERRED)")
        )
    client = serving(parcels=send_to_nobody)

    answer = client.post("/api/parcels")

    assert (answer.status_code, answer.mimetype, answer.json["code"]) == (409, PROBLEM, "conflict")


def test_an_error_handler_that_breaks_is_a_bug_in_json(api, serving):
    api.register_error_handler(ZeroDivisionError, lambda _: 1 / 0)

    answer = serving(todos=lambda: 1 / 0).get("/api/todos")

    assert (answer.status_code, answer.mimetype) == (500, PROBLEM)


def test_a_blueprint_answers_its_own_errors_as_it_likes(answer_to, api):
    api.register_error_handler(errors.NotFound, lambda _: ("mine", 418))

    answer = answer_to(errors.NotFound())

    assert (answer.status_code, answer.text) == (418, "mine")


def test_an_answer_that_somebody_made_is_sent_as_it_is(serving):
    client = serving(
        made=lambda: abort(Response("made", 402)),
        handled=lambda: abort(404, response=Response("made", 404)),
        moved=lambda: abort(redirect("/elsewhere")),
    )

    answers = [client.get(f"/api/{name}") for name in ("made", "handled", "moved")]

    assert [(one.status_code, one.location or one.text) for one in answers] == [
        (402, "made"), (404, "made"), (302, "/elsewhere"),
    ]  # fmt: skip


def test_a_slash_too_few_is_still_a_redirect(app, api):
    api.add_url_rule("/todos/", "todos", public(nothing))
    app.register_blueprint(api)

    answer = app.test_client().get("/api/todos")

    assert (answer.status_code, answer.location) == (308, "/api/todos/")


@pytest.mark.parametrize("path", ["/api/refused", "/api/nowhere"])
def test_head_has_what_get_has_and_no_body(serving, path):
    client = serving(refused=lambda: abort(409))
    named = {"X-Request-ID": "one-and-the-same"}

    get, head = client.get(path, headers=named), client.head(path, headers=named)

    assert (head.status_code, head.data) == (get.status_code, b"")
    assert dict(head.headers) == dict(get.headers)


def test_options_says_what_is_allowed_and_of_nothing_that_it_is_not_there(serving):
    client = serving(todos=nothing)

    known, unknown = client.options("/api/todos"), client.options("/api/nowhere")

    assert (known.status_code, set(known.allow)) == (200, {"GET", "HEAD", "OPTIONS", "POST"})
    assert (unknown.status_code, unknown.mimetype) == (404, PROBLEM)


def test_under_a_sub_path_the_type_leads_to_the_page(make_app):
    client = make_app(script_name="/shop").test_client()

    leads_to = client.get("/shop/api/v1/nowhere").json["type"]

    assert leads_to == "/shop/problems/not-found"
    assert client.get(leads_to).status_code == 200


def test_an_application_keeps_its_own_handler_and_may_leave_the_api_to_us(make_settings):
    def handle(error):
        return answer_error(error) if request.path.startswith("/api/") else ("mine", error.code)

    app = Flask("shop")
    app.register_error_handler(HTTPException, handle)
    settings.adopt(app, make_settings())
    web.init_app(app)
    client = app.test_client()

    page, problem = client.get("/nowhere"), client.get("/api/nowhere")

    assert (page.status_code, page.text) == (404, "mine")
    assert (problem.status_code, problem.mimetype) == (404, PROBLEM)


@pytest.mark.parametrize(
    ("kind", "error"),
    [(HTTPException, NotFound()), (Exception, NotFound()), (errors.CarboyError, errors.NotFound())]
    + [(kind, OSError(errno.EIO, "broken")) for kind in (OSError, Exception)],
)
def test_a_handler_that_was_there_before_stays(make_settings, kind, error):
    app = Flask("shop")
    app.register_error_handler(kind, lambda _: ("mine", 418))
    settings.adopt(app, make_settings())
    web.init_app(app)

    with app.test_request_context("/"):
        assert app.handle_user_exception(error) == ("mine", 418)


def test_who_handles_every_exception_is_asked_about_files_too(app, answer_to):
    app.register_error_handler(Exception, lambda error: (f"mine: {type(error).__name__}", 418))

    answer = answer_to(FileNotFoundError(errno.ENOENT, "gone"))

    assert (answer.status_code, answer.text) == (418, "mine: FileNotFoundError")


def test_every_code_that_can_be_answered_has_a_page(app):
    client = app.test_client()

    pages = {code: client.get(f"/problems/{code}") for code in problems.catalogue()}

    assert {code for code, page in pages.items() if page.status_code != 200 or page.mimetype != "text/html"} == set()
    assert {code for _, _, code in HOUSE} <= set(pages)


def test_a_page_says_what_it_means_and_what_to_do(app):
    page = app.test_client().get("/problems/rate-limited").text

    assert "That was too often" in page
    assert "The caller has asked too often." in page
    assert "Retry-After" in page


@pytest.mark.parametrize("path", ["/problems/made-up", "/problems/setup", "/problems/%3Cscript%3E", "/problems/"])
def test_what_nobody_answers_is_explained_nowhere(app, path):
    answer = app.test_client().get(path)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "script" not in answer.text


def test_an_error_of_an_application_explains_itself(app, answer_to):
    class SoldOut(errors.Conflict):
        """Somebody bought <the last> one
        while you were looking.

        This is for programmers.
        """

        code = "sold-out"
        title = "There is none left"
        advice = "Order it."

    told = answer_to(SoldOut()).json
    page = app.test_client().get(told["type"]).text

    assert (told["status"], told["title"]) == (409, "There is none left")
    assert "Somebody bought &lt;the last&gt; one while you were looking." in page
    assert "Order it." in page
    assert "programmers" not in page


def test_an_error_without_words_of_its_own_has_those_of_its_elder():
    kind = type("Gone", (errors.NotFound,), {"code": "left", "title": "It has left", "__doc__": None})

    told = problems.of_error(kind)

    assert (told.code, told.meaning) == ("left", problems.of_error(errors.NotFound).meaning)
    assert told.advice == problems.of_error(errors.NotFound).advice


def test_the_application_draws_the_pages_of_problems(app, project):
    (project / "shop/templates/problems").mkdir()
    (project / "shop/templates/problems/problem.html").write_text("drawn: {{ problem.code }}")

    assert app.test_client().get("/problems/conflict").text == "drawn: conflict"


def test_a_room_that_was_never_used_is_explained_all_the_same():
    script = (
        "from pkgutil import walk_packages; from importlib import import_module; import carboy.web\n"
        "from carboy.web.problems import catalogue; known = set(catalogue())\n"
        "for room in walk_packages(carboy.web.__path__, 'carboy.web.'): import_module(room.name)\n"
        "print(set(catalogue()) - known)"
    )

    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert found == "set()\n"


def test_the_document_lists_what_the_code_says():
    document = (ROOT / "docs/reference/errors.md").read_text()

    assert document.endswith(problems.reference()), 'python -c "from carboy.web.problems import *; print(reference())"'


@pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
def test_the_example_of_a_status_is_what_the_api_answers(serving, status):
    client = serving(abort=lambda: abort(status))

    answer = client.get("/api/abort").json

    example = problems.example_of(status)
    assert {name: example[name] for name in answer if name != "request_id"} | {
        "request_id": answer["request_id"]
    } == answer
    assert example["title"] == problems.title_of(status)
