"""What strangers send to accounts: too much, scripts, pieces of other languages. And what each refusal looks like."""

import io
import re

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import finding

ADA = "ada@example.com"
LIMIT = 2 * 1024 * 1024
BIG = b"x" * (LIMIT + 1)


# --- S62: too much


def _part(number):
    return b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % number


TOO_MUCH = {
    "urlencoded": ("/login", {"data": b"email=" + BIG, "content_type": "application/x-www-form-urlencoded"}),
    "multipart": ("/login", {"data": _part(1) + BIG, "content_type": "multipart/form-data; boundary=x"}),
    "2,000 parts": (
        "/login",
        {
            "data": b"".join(map(_part, range(2000))) + b"--x--\r\n",
            "content_type": "multipart/form-data; boundary=x",
        },
    ),
    "json": ("/api/v1/tokens", {"data": b'{"email": "' + BIG, "content_type": "application/json"}),
    "chunked json": (
        "/api/v1/tokens",
        {
            "input_stream": io.BytesIO(b'{"email": "' + BIG + b'"}'),
            "content_type": "application/json",
            "environ_overrides": {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        },
    ),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_s62_a_body_beyond_the_limit_is_refused_at_once(client, kind):
    """S62: 413 whatever it is."""
    path, said = TOO_MUCH[kind]

    answer = client.post(path, **said)

    assert answer.status_code == 413


# --- S63 and S64: scripts, and pieces of other languages

SCRIPTS = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "</textarea><svg/onload=alert(1)>"]
PIECES = [
    "' OR 1=1--", "') OR ('1'='1", "'; DROP TABLE users;--", "{{7*7}}", "{% raw %}", "${7*7}", "<%= 7*7 %>", "%s%n",
]  # fmt: skip


def test_s63_s64_a_name_comes_back_as_it_was_typed_and_as_data(make_user, sign_in):
    """S63, S64: JSON that no browser takes for a page; and nothing in it is run."""
    make_user()
    me = sign_in()

    answers = [me("PATCH", "/users/me", {"first_name": text, "last_name": text}) for text in SCRIPTS + PIECES]

    assert [(answer.json["first_name"], answer.json["last_name"]) for answer in answers] == [
        (text, text) for text in SCRIPTS + PIECES
    ]
    assert {answer.content_type for answer in answers} == {"application/json"}
    assert {answer.headers["X-Content-Type-Options"] for answer in answers} == {"nosniff"}


def test_s63_s64_a_name_in_a_mail_is_text_and_nothing_else(make_user, sign_in, api, jobs, outbox):
    """S63, S64: a mail has the name as it was typed; where it has HTML, escaped."""
    make_user()
    me = sign_in()

    for text in SCRIPTS + PIECES:
        me("PATCH", "/users/me", {"first_name": text})
        api("POST", "/password-resets", {"email": ADA})
        jobs.drain()
        letter = outbox.to(ADA)

        assert f"Hello {text}," in letter.text
        assert "<script" not in (letter.html or "")
        assert "<img" not in (letter.html or "")


@pytest.mark.parametrize("field", ["email", "username", "password"])
def test_s64_a_piece_of_sql_signs_nobody_in(make_user, api, field):
    """S64: it is an unknown account or a wrong password, like any other text."""
    make_user(username="ada")
    said = {"password": PASSWORD} if field == "email" else {"username": "ada", "password": PASSWORD}

    answers = [api("POST", "/tokens", {**said, field: text}) for text in PIECES[:4]]

    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(401, "invalid-credentials")}


def test_s64_a_search_finds_what_has_the_text_and_nothing_more(make_user, sign_in):
    """S64: neither SQL nor the wild cards of LIKE."""
    make_user("grace@example.com", role="admin")
    boss = sign_in("grace@example.com")

    texts = [*PIECES, "%", "_", "\\", "a%", "%' ESCAPE '!"]
    answers = [boss("GET", "/admin/users", query_string={"q": text}) for text in texts]

    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json["items"] for answer in answers] == [[]] * len(texts)


def test_s64_every_parameter_of_the_search_is_only_a_value(make_user, sign_in, room):
    """S64: what it cannot be is refused; what it can, finds nobody. The users are all there afterwards."""
    make_user("grace@example.com", role="admin")
    boss = sign_in("grace@example.com")

    fields = ("role", "active", "cursor", "limit", "sort")
    answers = [boss("GET", "/admin/users", query_string={field: text}) for field in fields for text in PIECES]

    assert {answer.status_code for answer in answers} <= {200, 400, 422}
    assert [answer.json["items"] for answer in answers if answer.status_code == 200 and answer.json["items"]] == []
    assert finding.by_address(room, "grace@example.com")


# --- S67: what a refusal looks like


def ask_for_every_refusal(api, me, boss, clock):
    """Yield every refusal that accounts know, each by its code."""
    nothing, as_json = "01890000-0000-7000-8000-000000000000", {"Content-Type": "application/json"}
    refresh = {"refresh_token": me.held["refresh_token"]}
    yield "malformed-json", api("POST", "/tokens", data="{", headers=as_json)
    yield "unsupported-media-type", api("POST", "/tokens", data="a=b")
    yield "payload-too-large", api("POST", "/users", data=BIG, headers=as_json)
    yield "invalid", api("POST", "/tokens", {"email": ADA})
    yield "invalid", me("PATCH", "/users/me/password", {"current_password": PASSWORD, "password": "short"})
    yield "invalid", me("PATCH", "/users/me/password", {"current_password": "wrong", "password": PASSWORD})
    yield "invalid-credentials", api("POST", "/tokens", {"email": ADA, "password": "wrong"})
    yield "invalid-credentials", me("POST", "/tokens/reauthenticate", {"password": "wrong"})
    yield "unauthenticated", api("GET", "/users/me")
    yield "token-invalid", api("GET", "/users/me", token="nonsense")
    yield "token-invalid", api("PUT", "/tokens", {"refresh_token": "nonsense"})
    yield "token-invalid", api("PUT", "/sessions/current", token="ut_nonsense")
    yield "link-invalid", api("PUT", "/password-resets", {"token": "nonsense", "password": PASSWORD})
    yield "forbidden", me("GET", "/admin/users")
    yield "not-found", me("DELETE", f"/sessions/{nothing}")
    yield "not-found", api("GET", "/nowhere")
    yield "method-not-allowed", api("PUT", "/users")
    yield "registration-closed", api("POST", "/users", {"email": ADA, "password": PASSWORD})
    yield "last-admin", boss("DELETE", "/users/me")
    yield "conflict", boss("PATCH", f"/admin/users/{boss('GET', '/users/me').json['id']}", {"is_active": False})
    yield "rate-limited", [me("POST", "/tokens/reauthenticate", {"password": "wrong"}) for _ in range(6)][-1]
    clock.shift(601)
    yield "reauthentication-required", me("DELETE", "/sessions")
    clock.shift(400)
    yield "token-expired", me("GET", "/users/me")
    api("PUT", "/tokens", refresh)
    clock.shift(11)
    yield "refresh-reused", api("PUT", "/tokens", refresh)
    yield "token-revoked", api("PUT", "/tokens", refresh)


@pytest.mark.settings(auth_throttling=True, registration="closed")
def test_s67_every_refusal_is_a_problem_that_says_what_it_is(make_user, sign_in, api, clock):
    """S67: its type, title, status and code; and the media type of RFC 9457."""
    make_user()
    make_user("grace@example.com", role="admin")

    refusals = list(ask_for_every_refusal(api, sign_in(), sign_in("grace@example.com"), clock))

    told = [(code, answer.json.get("code"), answer.content_type) for code, answer in refusals]
    assert told == [(code, code, "application/problem+json") for code, _answer in refusals]
    for code, answer in refusals:
        assert answer.json["type"] == f"/problems/{code}"
        assert answer.json["status"] == answer.status_code >= 400
        assert answer.json["title"]
        assert answer.json["request_id"] == answer.headers["X-Request-ID"]


# --- S68: where strangers get in

# Whoever opens one more writes it down here, and tells why in the review.
OPEN = {
    "GET /", "GET /favicon.ico", "GET /health", "GET /problems/ID", "GET /static/ID", "GET /static/live/ID",
    "GET /socket.io/",  # which is no socket until it is known whose it would be
    "GET /api/v1/openapi.json", "GET /api/v1/docs", "GET /api/v1/docs/5.35.0/ID",
    "GET /api/v1/foss", "GET /api/v1/foss/ID", "POST /api/v1/demo/counts",
    *(f"GET /api/v1/calculator/{operation}" for operation in ("add", "subtract", "multiply", "divide")),
    "POST /api/v1/users", "POST /api/v1/tokens", "PUT /api/v1/tokens", "POST /api/v1/sessions",
    *(f"{method} /api/v1/{mail}" for method in ("POST", "PUT") for mail in ("password-resets", "email-confirmations")),
    "PUT /api/v1/email-changes",
    *(f"{method} /{page}" for method in ("GET", "POST") for page in ("register", "login", "password/forgot")),
    "GET /check-mail", "POST /logout", "POST /confirm/resend", "GET /confirm/ID", "POST /confirm",
    "GET /password/reset/ID", "GET /password/reset", "POST /password/reset",
    "GET /account/email/ID", "POST /account/email/confirm",
}  # fmt: skip


def test_s68_a_stranger_gets_in_where_it_is_written_and_nowhere_else(app):
    """S68: every method of every route, walked over url_map; an id is one that could be."""
    client, anybody = app.test_client(use_cookies=False), "01890000-0000-7000-8000-000000000000"
    routes = {
        f"{method} {re.sub('<.*?>', 'ID', rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    let_in = set()
    for method, path in map(str.split, routes):
        answer = client.open(path.replace("ID", anybody), method=method, buffered=True)
        if answer.status_code not in (401, 303):
            let_in.add(f"{method} {path}")

    assert let_in == OPEN & routes
    assert OPEN - routes <= {"GET /api/v1/docs", "GET /api/v1/docs/5.35.0/ID"}
