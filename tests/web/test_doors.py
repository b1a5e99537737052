"""Every door is closed unless its view says otherwise, and nothing that goes wrong opens one."""

import pytest
from flask import Blueprint, Flask, request
from sqlalchemy import text

from carboy import context
from carboy.data.flask import db
from carboy.errors import SetupError, Unauthenticated
from carboy.web import doors, identity
from carboy.web.identity import ANONYMOUS, Identity, authenticator, credentials, public, requires_role

ROBOT = Identity(user_id=None, roles=frozenset({"machine"}), session_id=None, via="key:robot", ambient=False)


def by_test_header(asked):
    """Who is named in X-Test is believed; "forged" is a credential that is presented and not good."""
    name = asked.headers.get("X-Test")
    if name == "forged":
        raise Unauthenticated("That is forged.")
    if name == "broken":
        raise RuntimeError("the store of sessions is on fire")
    return Identity(None, frozenset({name}), None, via=f"test:{name}", ambient=False) if name else None


@pytest.fixture
def every_door_is_open():
    """Here they are as they are in production."""
    return False


@pytest.fixture
def app(make_app):
    app = make_app()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    authenticator(app, by_test_header, challenge="Test")
    return app


def ask(app, path="/", name=None, method="GET", **options):
    headers = {"X-Test": name} if name else {}
    return app.test_client().open(path, method=method, headers=headers, **options)


def status(app, path="/", name=None, method="GET"):
    return ask(app, path, name, method).status_code


def test_a_view_that_says_nothing_is_closed_to_strangers_and_open_to_whoever_is_known(app):
    app.add_url_rule("/", "home", lambda: "home")

    assert (status(app), status(app, name="ada")) == (401, 200)


def test_a_public_view_is_open_to_everybody(app):
    app.add_url_rule("/", "home", public(lambda: "home"))

    assert (status(app), status(app, name="ada")) == (200, 200)


def test_a_role_is_asked_of_those_who_are_known(app):
    app.add_url_rule("/", "home", requires_role("admin", "owner")(lambda: "home"))

    assert [status(app, name=name) for name in (None, "ada", "admin", "owner")] == [401, 403, 200, 200]


def test_a_role_closes_a_view_that_says_it_is_public(app):
    app.add_url_rule("/", "home", public(requires_role("admin")(lambda: "home")))

    assert (status(app), status(app, name="ada")) == (401, 403)


def test_a_role_without_a_name_is_refused_where_it_is_written():
    with pytest.raises(SetupError, match='@requires_role\\("admin"\\)'):
        requires_role()


def test_who_asks_is_known_to_the_view(app):
    app.add_url_rule("/", "home", public(lambda: identity.current().principal or "a stranger"))

    assert (ask(app).text, ask(app, name="ada").text) == ("a stranger", "test:ada")


def test_who_asked_is_forgotten_before_the_thread_goes_on_to_somebody_else():
    app = Flask("an application that took no other layer")
    authenticator(app, lambda request: Identity(None, frozenset(), None, f"test:{request.args['name']}"))
    app.before_request(lambda: identity.recognise() and None)
    app.add_url_rule("/", "home", context.asker)

    answer = app.test_client().get("/?name=ada")

    assert (answer.text, context.asker()) == ("test:ada", "")


def test_a_principal_is_the_same_through_whatever_door_a_user_comes():
    user = "0190a1b2-0000-7000-8000-000000000001"

    principals = {Identity(user, frozenset(), None, via).principal for via in ("session", "token")}

    assert principals == {f"user:{user}"}
    assert (ROBOT.principal, ANONYMOUS.principal) == ("key:robot", "")


def test_a_credential_that_is_not_good_is_refused_even_where_none_is_needed(app):
    app.add_url_rule("/", "home", public(lambda: "home"))

    assert status(app, name="forged") == 401


def test_an_authenticator_that_fails_makes_nobody_a_stranger(app):
    app.add_url_rule("/", "home", public(lambda: "home"))
    app.add_url_rule("/closed", "closed", lambda: "closed")

    assert (status(app, name="broken"), status(app, "/closed", name="broken")) == (500, 500)


def test_authenticators_are_asked_in_order_until_one_knows(app):
    authenticator(app, lambda _request: ROBOT)
    authenticator(app, lambda _request: pytest.fail("somebody knew already"))
    app.add_url_rule("/", "home", lambda: identity.current().principal)

    assert (ask(app, name="ada").text, ask(app).text) == ("test:ada", "key:robot")


def test_an_identity_without_a_name_is_a_stranger(app):
    authenticator(app, lambda _request: Identity(None, frozenset({"admin"}), None, via=""))
    app.add_url_rule("/", "home", requires_role("admin")(lambda: "home"))

    assert status(app) == 401


@pytest.mark.parametrize("name", [None, "forged"])
def test_a_refusal_says_what_to_bring(app, name):
    seen = []
    app.register_error_handler(Unauthenticated, lambda error: seen.append(error.headers) or ("no", 401))
    app.add_url_rule("/", "home", lambda: "home")

    ask(app, name=name)

    assert seen == [{"WWW-Authenticate": 'ApiKey header="X-API-Key", Test'}]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_every_method_of_a_closed_view_is_closed(app, method):
    app.add_url_rule("/api/v1/one", "api_v1.one", lambda: "one", methods=["GET", "POST", "DELETE"])

    asked = [status(app, "/api/v1/one", name, method) for name in (None, "ada")]

    assert asked == [401, 200]


def test_what_may_be_asked_is_told_to_anybody_unless_the_view_tells_it(app):
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/own", "own", lambda: "told by a view", methods=["OPTIONS"])

    assert (status(app, method="OPTIONS"), status(app, "/own", method="OPTIONS")) == (200, 401)


def test_what_is_not_there_is_not_there_for_strangers_either(app):
    app.add_url_rule("/", "home", lambda: "home")

    assert (status(app, "/nowhere"), status(app, method="PUT")) == (404, 405)


def test_a_redirect_to_the_right_address_opens_nothing(app):
    app.add_url_rule("/folder/", "folder", lambda: "folder")

    assert (status(app, "/folder"), ask(app, "/folder", follow_redirects=True).status_code) == (308, 401)


def test_a_view_in_a_nested_blueprint_has_its_own_door(app):
    outer, inner = Blueprint("outer", "shop"), Blueprint("inner", "shop")
    inner.add_url_rule("/open", "open", public(lambda: "open"))
    inner.add_url_rule("/closed", "closed", lambda: "closed")
    outer.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(outer, url_prefix="/outer")

    assert (status(app, "/outer/inner/open"), status(app, "/outer/inner/closed")) == (200, 401)


def test_the_views_of_an_extension_are_closed_until_somebody_opens_them(make_app):
    class Extension:
        def init_app(self, app):
            app.add_url_rule("/one", "extension.one", lambda: "one")
            app.add_url_rule("/two", "extension.two", lambda: "two")

    app = make_app(extensions=[Extension()])

    doors.open_door(app, "extension.one")

    assert (status(app, "/one"), status(app, "/two")) == (200, 401)


def test_a_door_that_is_not_there_cannot_be_opened(app):
    app.add_url_rule("/", "extension.one", lambda: "one")

    with pytest.raises(SetupError, match=r"'extension\.oen'.*Did you mean extension\.one\?"):
        doors.open_door(app, "extension.oen")


def test_open_doors_are_those_that_need_no_identity(app):
    before = doors.open_doors(app)
    app.add_url_rule("/open", "open", public(lambda: "open"))
    app.add_url_rule("/closed", "closed", lambda: "closed")
    app.add_url_rule("/admin", "admin", public(requires_role("admin")(lambda: "admin")))

    assert doors.open_doors(app) - before == {"open"}


def test_static_files_are_open(app, project):
    (project / "shop" / "static").mkdir()
    (project / "shop" / "static" / "app.css").write_text("body {}")

    with ask(app, "/static/app.css") as answer:
        assert answer.status_code == 200


def test_the_check_holds_when_the_list_of_hooks_is_lost(app):
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/admin", "admin", requires_role("admin")(lambda: "admin"))
    app.before_request_funcs[None] = []

    assert (status(app), status(app, "/admin", name="ada"), status(app, name="ada")) == (401, 403, 200)


def test_the_check_holds_when_another_hook_comes_first(app):
    app.before_request_funcs[None].insert(0, lambda: None)
    app.before_request_funcs["shop"] = [lambda: None]
    app.add_url_rule("/", "home", lambda: "home")

    assert status(app) == 401


def test_the_check_holds_for_a_view_that_is_replaced_later(app):
    app.add_url_rule("/", "home", public(lambda: "home"))
    app.add_url_rule("/admin", "admin", requires_role("admin")(lambda: "admin"))
    app.view_functions |= {"home": lambda: "other", "admin": lambda: "other"}

    assert (status(app), status(app, "/admin", name="ada"), status(app, "/admin", name="admin")) == (401, 403, 200)


def test_an_object_that_has_every_attribute_opens_no_door(app):
    class Anything:
        methods = required_methods = ("GET",)
        provide_automatic_options = False

        def __getattr__(self, name):
            return None if name.startswith("__") else self

        def __call__(self):
            return "anything"

        def __iter__(self):
            return iter(())

    app.add_url_rule("/", "anything", Anything())

    assert status(app) == 401


def test_a_request_inside_another_is_asked_for_itself(app):
    app.add_url_rule("/inner", "inner", lambda: identity.current().principal)
    app.add_url_rule("/", "home", lambda: f"{ask(app, '/inner').status_code} {identity.current().principal}")

    assert ask(app, name="ada").text == "401 test:ada"


def test_who_asks_is_found_before_the_body_is_read_and_outside_any_transaction(make_app):
    app, seen = make_app(migrated=True), []

    def look(asked):
        with db().reading() as session:
            seen.append((session.scalar(text("SELECT 1")), asked.environ.get("carboy.work"), asked.stream.tell()))
        return ROBOT

    authenticator(app, look)
    app.add_url_rule("/api/v1/echo", "api_v1.echo", lambda: request.get_data(as_text=True), methods=["POST"])

    answer = ask(app, "/api/v1/echo", method="POST", json="body")

    assert (seen, answer.text) == ([(1, None, 0)], '"body"')


def test_a_refused_body_is_not_read(app):
    class Unreadable:
        def read(self, *_):
            pytest.fail("the body of a stranger was read")

    app.add_url_rule("/", "home", lambda: "home", methods=["POST"])

    answer = ask(app, method="POST", environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": "5"})

    assert answer.status_code == 401


def test_an_application_of_its_own_takes_the_doors_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "x")
    app = Flask("alone", root_path=str(tmp_path))
    doors.init_app(app)
    authenticator(app, by_test_header)
    app.register_error_handler(Unauthenticated, lambda error: (error.detail, error.status))
    app.add_url_rule("/", "home", lambda: "home")

    assert (status(app), status(app, name="ada")) == (401, 200)


@pytest.mark.parametrize(
    ("path", "name", "told"),
    [
        ("/closed", "ada", "no-store"),
        ("/open", "ada", "no-store"),
        ("/open", None, None),
        ("/tokens", "ada", "no-store"),
        ("/tokens", None, "no-store"),
        ("/own", "ada", "public, max-age=60"),
        ("/short", "ada", "max-age=60, private"),
        ("/never", "ada", "no-store"),
        ("/version", "ada", "private, no-cache"),
    ],
)
def test_an_answer_for_who_is_known_is_kept_by_no_cache_between(app, path, name, told):
    app.add_url_rule("/closed", "closed", lambda: "closed")
    app.add_url_rule("/open", "open", public(lambda: "open"))
    app.add_url_rule("/tokens", "tokens", credentials(public(lambda: ("tokens", {"Cache-Control": "max-age=9"}))))
    app.add_url_rule("/own", "own", lambda: ("own", {"Cache-Control": "public, max-age=60"}))

    app.add_url_rule("/short", "short", lambda: ("short", {"Cache-Control": "max-age=60"}))
    app.add_url_rule("/version", "version", lambda: ("version", {"ETag": '"1"'}))
    app.add_url_rule("/never", "never", lambda: ("never", {"Cache-Control": "no-store"}))

    assert ask(app, path, name=name).headers.get("Cache-Control") == told


@pytest.mark.parametrize("via", ["token", "session", "cookie:", "badge"])
def test_two_askers_without_a_user_cannot_share_a_name(via):
    with pytest.raises(SetupError, match=via):
        Identity(None, frozenset(), None, via)
