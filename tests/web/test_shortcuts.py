"""Where Flask's own way is shortened, an application does what plain Flask does: the same answers, hooks and signals.

Each request is sent to a plain application and to one with the shortcuts. Shortcuts that are wrong are found out.
"""

import asyncio
import functools
import inspect

import flask
import pytest
from flask import Blueprint, Flask, abort, after_this_request, make_response, redirect, session, stream_with_context
from flask.sessions import SecureCookieSessionInterface

from carboy.web import cookies, hooks

METHODS = ("GET", "HEAD", "OPTIONS", "POST")
PATHS = (
    "/plain/5?a=1&a=2&b=%C3%BC", "/slow", "/bound", "/partial", "/empty", "/stream", "/boom", "/refused", "/late",
    "/remember", "/recall", "/forget", "/led", "/below/", "/below", "/nested/here", "/nowhere", "//plain/5",
)  # fmt: skip
SIGNALS = (
    flask.request_started, flask.request_finished, flask.request_tearing_down, flask.got_request_exception,
    flask.appcontext_pushed, flask.appcontext_popped,
)  # fmt: skip


class Desk:
    """Views that are methods."""

    def view(self):
        return "bound"

    async def slow_view(self):
        return "bound and slow"


def dressed(app, shorten):
    """Give the application routes of every kind, and a diary of what is called."""
    app.secret_key = "s" * 32
    app.async_to_sync = _run
    diary = app.extensions["diary"] = []
    nested = Blueprint("nested", __name__, url_prefix="/nested")

    async def slow():
        return "slow"

    def plain(number):
        return {"number": number, "args": flask.request.args.to_dict(flat=False), "url": flask.request.url}

    def late():
        after_this_request(lambda response: diary.append("after this") or response)
        return make_response("late")

    def remember():
        session["name"] = "Ada"
        return "remembered"

    def forget():
        session.clear()
        return "forgotten"

    async def slow_hook():
        diary.append("slow hook")

    views = {
        "/plain/<int:number>": plain, "/slow": slow, "/bound": Desk().view, "/slow-bound": Desk().slow_view,
        "/partial": functools.partial(plain, 3), "/empty": lambda: ("", 204), "/late": late,
        "/stream": lambda: stream_with_context(str(number) for number in range(3)), "/boom": lambda: 1 // 0,
        "/refused": lambda: abort(418), "/remember": remember, "/recall": lambda: session.get("name", "nobody"),
        "/forget": forget, "/led": lambda: redirect("/empty"), "/below/": lambda: "below",
    }  # fmt: skip
    for number, (rule, view) in enumerate(views.items()):
        app.add_url_rule(rule, f"view{number}", view, methods=["GET", "POST"])
    nested.add_url_rule("/here", "here", lambda: diary.append("view") or "nested")
    nested.before_request(lambda: diary.append("before, nested"))
    nested.teardown_request(lambda error: diary.append(f"teardown, nested: {error!r}"))
    app.before_request(slow_hook)
    app.after_request(lambda response: diary.append(f"after {response.status_code}") or response)
    app.teardown_request(lambda error: diary.append(f"teardown {type(error).__name__}"))
    app.register_blueprint(nested)
    for signal in SIGNALS:
        signal.connect(functools.partial(_note, diary, signal.name), app, weak=False)
    shorten(app)
    return app


def _run(function):
    """Run a coroutine in a loop of its own, as Flask does with a package that we do without."""
    return lambda *args, **named: asyncio.run(function(*args, **named))


def _note(diary, name, _sender, **_more):
    diary.append(name)


def shortened(app):
    hooks.init_app(app)
    cookies.init_app(app)


def with_cookies_of_today(app):
    """Plain Flask, with what we say of its cookies on purpose: by which hash they are signed, and that none is kept."""

    class Today(SecureCookieSessionInterface):
        digest_method = cookies.SessionCookies.digest_method

        def save_session(self, app, session, response, *rest):
            super().save_session(app, session, response, *rest)
            if "Set-Cookie" in response.headers:
                response.headers["Cache-Control"] = "no-store"

    app.session_interface = Today()


def told(app):
    """Everything that can be seen of each request, sent one after the other by the same browser."""
    client, diary = app.test_client(), app.extensions["diary"]
    found = []
    for path in (*PATHS, "/slow-bound", *PATHS):
        for method in METHODS:
            diary.clear()
            answer = client.open(path, method=method)
            headers = sorted((name, value) for name, value in answer.headers if name != "Date")
            found.append((method, path, answer.status_code, headers, answer.data, tuple(diary)))
    return found


@pytest.fixture
def as_flask_does():
    return told(dressed(Flask("shop"), with_cookies_of_today))


@pytest.fixture(autouse=True)
def at_one_moment(clock):
    """A cookie says when it was signed."""


def test_an_application_with_shortcuts_answers_as_plain_flask_does(as_flask_does):
    assert told(dressed(Flask("shop"), shortened)) == as_flask_does


def never_asking(app):
    """Take every function for a plain one: what comes of a coroutine is not waited for."""
    shortened(app)

    def as_it_is(function):
        return lambda *args, **named: _closed(function(*args, **named))

    app.ensure_sync = as_it_is


def _closed(result):
    """Let nobody wait for it, nor wonder why."""
    if inspect.iscoroutine(result):
        result.close()
        return "never waited for"
    return result


def forgetful(app):
    shortened(app)
    app.session_interface.open_session = lambda app, request: app.session_interface.session_class()


def silent(app):
    shortened(app)
    app.do_teardown_request = lambda *_: None


def unheard(app):
    shortened(app)
    app.process_response = lambda _context, response: response


@pytest.mark.parametrize("wrong", [never_asking, forgetful, silent, unheard])
def test_a_shortcut_that_leaves_something_out_is_found_out(as_flask_does, wrong):
    assert told(dressed(Flask("shop"), wrong)) != as_flask_does


def marked():
    return None


if hasattr(inspect, "markcoroutinefunction"):
    inspect.markcoroutinefunction(marked)


@pytest.mark.parametrize(
    "function",
    [marked, Desk().view, Desk().slow_view, functools.partial(Desk().slow_view), Desk.slow_view, len, lambda: 1],
)
def test_what_may_be_a_coroutine_is_left_to_flask(function):
    app = Flask("shop")
    looked_at = []
    app.async_to_sync = lambda one: looked_at.append(one) or one
    as_flask = app.ensure_sync(function), list(looked_at)
    looked_at.clear()

    hooks.init_app(app)

    assert (app.ensure_sync(function), looked_at) == as_flask
