"""No address of the starter lets anybody change its SQL, whatever they send."""

import pytest
from flask import render_template_string, request
from injecting import Target, strike
from sqlalchemy import text

from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.table import Kind
from carboy.data.flask import db
from carboy.web.identity import public

PASSWORD = "correct horse battery staple"
FORM = f"email=user1@example.com&password={PASSWORD}"
JSON = f'{{"email": "user1@example.com", "password": "{PASSWORD}"}}'
TARGETS = {
    "signing in on the API": Target("/api/v1/tokens", json=JSON),
    "the list of todos": Target("/api/v1/todos?q=milk&tag=home&assignee=ada", by="user"),
    "the list of people": Target("/api/v1/people?q=ada", by="user"),
    "the list of users": Target("/api/v1/admin/users?q=example&role=user", by="admin"),
    "logging in": Target("/login", form=FORM),
    "a forgotten password": Target("/password/forgot", form="email=user1@example.com"),
    "the page of users": Target("/admin/users?q=example&role=user", by="admin"),
    "the page of events": Target("/admin/events?event=login&ip=127.0.0.1", by="admin"),
    "the page of jobs": Target("/admin/jobs?handler=starter", by="admin"),
}
PLANTED = [Target("/planted?email=user1@example.com"), Target("/planted", form="email=user1@example.com")]


@pytest.fixture
def headers(starter_app, signed_in):
    """Sign somebody in as this address wants it, and give what says so."""

    def headers_of(target):
        token = signed_in(target.by or "user", Kind.API if is_api(target) else Kind.BROWSER)()
        if is_api(target):
            return [("Authorization", f"Bearer {token}")]
        client = starter_app.test_client()
        with client.session_transaction() as session:
            session[IN_THE_SESSION] = token
        name = starter_app.config["SESSION_COOKIE_NAME"]
        return [("Cookie", f"{name}={client.get_cookie(name).value}")]

    return headers_of


def is_api(target):
    return target.path.startswith("/api/")


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_nothing_that_is_sent_becomes_sql(starter_app, headers, target, tmp_path):
    known = headers(target)

    struck = strike(starter_app, target, tmp_path, headers=known if target.by else ())

    assert struck.injectable == []
    assert struck.tried >= target.parameters
    assert struck.answers.total() > 50
    assert not {403, 429, 500} & struck.answers.keys()


@pytest.mark.long
@pytest.mark.parametrize("target", PLANTED, ids=["query", "form"])
def test_what_does_become_sql_is_noticed(starter_app, signed_in, target, tmp_path):
    signed_in("user", Kind.API)

    @starter_app.route("/planted", methods=["GET", "POST"])
    @public
    def planted():
        with db().reading() as session:
            found = session.scalars(text(f"SELECT email FROM users WHERE email = '{request.values.get('email')}'"))
            return render_template_string("<form>{{ csrf_field() }}</form>{{ found }}", found=list(found))

    struck = strike(starter_app, target, tmp_path)

    assert struck.injectable == [f"email ({'POST' if target.form else 'GET'})"]
