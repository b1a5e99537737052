"""Links that are sent by mail: nobody learns from them who has an account, and each is good once, for its owner."""

import re
import time
from contextlib import contextmanager

import pytest
from sign_in_fixtures import PASSWORD, Api
from sqlalchemy import Engine, event, select

from carboy.accounts import finding
from carboy.accounts.table import USER_TOKENS

NEW = "quite another long sentence"
ADA = "ada@example.com"


def forgot(api, email=ADA, **options):
    return api("POST", "/password-resets", {"email": email}, **options)


def reset(api, token, password=NEW):
    return api("PUT", "/password-resets", {"token": token, "password": password})


def status_of(who, path="/users/me"):
    return who("GET", path).status_code


@pytest.fixture
def ada(make_user):
    return make_user(ADA)


@pytest.fixture
def hash_of_ada(room, ada):
    return lambda: finding.by_id(room, ada.id).password_hash


# --- S44: asking for a new password tells nothing


def test_s44_a_reset_is_asked_for_alike_with_a_known_and_an_unknown_address(api, ada):
    """S44: same status, same bytes, same header fields."""
    known, unknown = forgot(api), forgot(api, "nobody@example.com")

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert told_by(known) == told_by(unknown)


@pytest.fixture
def statements():
    """Note the SQL that is run meanwhile: `with statements() as run: …`."""

    @contextmanager
    def noted():
        run = []

        def note(_connection, _cursor, statement, *_rest):
            if "SAVEPOINT" not in statement:  # the test's own; they are numbered
                run.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        yield run
        event.remove(Engine, "before_cursor_execute", note)

    return noted


def told_by(answer):
    return {name: value for name, value in answer.headers if name not in ("X-Request-ID", "Date")}


def test_s44_asking_takes_as_long_for_an_unknown_address(api, ada):
    """S44: the times of ten and ten overlap, asked in turn."""
    known, unknown = zip(
        *[(seconds_of(api, ADA), seconds_of(api, "nobody@example.com")) for _ in range(10)], strict=True
    )

    assert min(known) < max(unknown)
    assert min(unknown) < max(known)


def seconds_of(api, email):
    begun = time.perf_counter()
    forgot(api, email)
    return time.perf_counter() - begun


def test_s44_asking_looks_nobody_up(api, ada, statements):
    """S44: what is done for a known address is done for any other, statement by statement."""
    with statements() as known:
        forgot(api)
    with statements() as unknown:
        forgot(api, "nobody@example.com")

    assert known == unknown
    assert known
    assert not any("users" in statement for statement in known)


# --- S45: where a link leads


EVIL = "evil.example"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": EVIL}, {"Host": f"localhost@{EVIL}"}, {"X-Forwarded-Host": EVIL}, {"X-Host": EVIL},
        {"Forwarded": f"host={EVIL};proto=https"}, {"X-Original-URL": f"https://{EVIL}/"},
        {"X-Forwarded-Prefix": f"//{EVIL}"},
    ],
)  # fmt: skip
def test_s45_a_link_leads_to_our_own_host_whatever_the_request_says(api, ada, jobs, outbox, headers):
    """S45: such a request is refused, or its mail leads to APP_BASE_URL all the same."""
    answer = forgot(api, headers=headers)
    jobs.drain()

    assert answer.status_code == (400 if "Host" in headers else 202)
    assert hosts_in(outbox) == set() if answer.status_code == 400 else {"http://localhost:5000"}


def test_s45_an_address_in_the_request_line_changes_no_link(app, ada, jobs, outbox):
    """S45: an absolute URI names another host beside the Host field."""
    answer = app.test_client().post(
        "/api/v1/password-resets", json={"email": ADA}, base_url=f"http://{EVIL}", headers={"Host": "localhost"}
    )
    jobs.drain()

    assert answer.status_code in (202, 400)
    assert hosts_in(outbox) <= {"http://localhost:5000"}


def hosts_in(outbox):
    return {found for letter in outbox for found in re.findall(r"https?://[^/\s]+", letter.text)}


# --- S46: good once


def test_s46_a_reset_link_works_once(api, ada, link, hash_of_ada):
    """S46: used again it is refused, and the first password stays."""
    forgot(api)
    token = link(ADA)

    first, kept = reset(api, token), hash_of_ada()
    again = reset(api, token, "yet another long sentence here")

    assert (first.status_code, again.status_code) == (204, 400)
    assert again.json["code"] == "link-invalid"
    assert hash_of_ada() == kept


def test_s46_a_link_that_confirms_works_once(api, link):
    """S46: though it would change nothing more."""
    api("POST", "/users", {"email": ADA, "password": PASSWORD})
    token = link(ADA)

    answers = [api("PUT", "/email-confirmations", {"token": token}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 400]


@pytest.mark.usefixtures("committed")
def test_s46_of_many_who_use_a_link_at_once_one_succeeds(app, api, ada, link, at_once):
    """S46: four threads at one moment."""
    forgot(api)
    token = link(ADA)

    answers = [future.result() for future in at_once(lambda: reset(Api(app.test_client()), token), threads=4)]

    assert sorted(answer.status_code for answer in answers) == [204, 400, 400, 400]


def test_s46_a_link_for_one_purpose_is_good_for_no_other(api, ada, link, hash_of_ada):
    """S46: the link that confirms an address sets no password, and the other way round."""
    before = hash_of_ada()
    forgot(api)
    token = link(ADA)

    answers = [api("PUT", path, {"token": token}) for path in ("/email-confirmations", "/email-changes")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert hash_of_ada() == before
    assert reset(api, token).status_code == 204


def test_s46_unknown_used_and_expired_links_are_refused_with_the_same_words(api, ada, link, clock):
    """S46: nobody learns whether a link was one."""
    forgot(api)
    expired = link(ADA)
    clock.shift(3601)
    late = reset(api, expired)
    forgot(api)
    used = link(ADA)
    reset(api, used)

    answers = [late, reset(api, used), reset(api, "x" * 43)]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert len({answer.json["detail"] for answer in answers}) == 1


# --- S47: looking uses nothing up


@pytest.mark.parametrize("path", ["/password-resets", "/email-confirmations", "/email-changes"])
def test_s47_a_scanner_that_looks_at_a_link_uses_nothing_up(api, ada, link, rows_of_links, path):
    """S47: GET and HEAD are no way to use a link on the API; it works afterwards."""
    forgot(api)
    token = link(ADA)
    before = rows_of_links()

    looked = [api(method, path, query_string={"token": token}) for method in ("GET", "HEAD", "GET")]

    assert [answer.status_code for answer in looked] == [405] * 3
    assert rows_of_links() == before
    assert reset(api, token).status_code == 204


@pytest.fixture
def rows_of_links(room):
    def read():
        with room.database.reading() as session:
            return session.execute(select(USER_TOKENS)).all()

    return read


# --- S49: what a reset ends


def test_s49_a_reset_ends_every_sign_in_and_begins_none(api, ada, link, sign_in, jobs, outbox):
    """S49: JWT and our own pair are dead, nobody is signed in, and the owner is told without the password."""
    held = [sign_in(by="/tokens"), sign_in(by="/sessions")]
    forgot(api)

    answer = reset(api, link(ADA))
    jobs.drain()

    assert (answer.status_code, answer.data, "Set-Cookie" in answer.headers) == (204, b"", False)
    assert [status_of(who) for who in held] == [401, 401]
    assert api("PUT", "/tokens", {"refresh_token": held[0].held["refresh_token"]}).status_code == 401
    assert api("PUT", "/sessions/current", token=held[1].held["update_token"]).status_code == 401
    assert "was changed" in outbox.to(ADA).subject
    assert not any(secret in letter.text for letter in outbox for secret in (NEW, PASSWORD))


def test_s49_after_a_reset_the_new_password_is_good_and_the_old_one_is_not(api, ada, link):
    """S49: and the other links that were sent are dead."""
    forgot(api)
    token = link(ADA)
    reset(api, token)

    old, new = (api("POST", "/tokens", {"email": ADA, "password": word}) for word in (PASSWORD, NEW))

    assert (old.status_code, new.status_code) == (401, 200)


# --- S50: a new password takes the current one


@pytest.mark.parametrize("said", [{}, {"current_password": "wrong horse battery staple"}])
def test_s50_without_the_current_password_nothing_is_changed(ada, sign_in, hash_of_ada, said):
    """S50: missing or wrong is 422, and the sign-in goes on."""
    me, before = sign_in(), hash_of_ada()

    answer = me("PATCH", "/users/me/password", {"password": NEW, **said})

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "#/current_password")
    assert hash_of_ada() == before
    assert status_of(me) == 200


@pytest.mark.parametrize(("by", "token"), [("/tokens", "access_token"), ("/sessions", "session_token")])
def test_s50_a_new_password_ends_every_other_sign_in_and_not_the_one_that_asks(ada, sign_in, by, token):
    """S50: which gets new tokens, and whose old ones are dead."""
    me, others = sign_in(by=by), [sign_in(by="/tokens"), sign_in(by="/sessions")]

    answer = me("PATCH", "/users/me/password", {"current_password": PASSWORD, "password": NEW})

    assert answer.status_code == 200
    assert [status_of(other) for other in others] == [401, 401]
    assert status_of(me) == 401
    assert me("GET", "/users/me", token=answer.json[token]).status_code == 200


# --- S51: what takes a fresh proof

GUARDED = [
    ("POST", "/email-changes", {"email": "new@example.com"}, 202),
    ("DELETE", "/sessions", None, 204),
    ("DELETE", "/users/me", None, 204),
]


@pytest.mark.parametrize(("method", "path", "body", "done"), GUARDED)
def test_s51_what_only_the_owner_may_do_takes_a_fresh_proof(ada, sign_in, clock, method, path, body, done):
    """S51: 401 with what to do; after the password was typed once more it is done."""
    me = sign_in()
    clock.shift(601)

    stale = me(method, path, body)
    proven = me("POST", "/tokens/reauthenticate", {"password": PASSWORD})
    fresh = me(method, path, body, token=proven.json["access_token"])

    assert (stale.status_code, stale.json["code"]) == (401, "reauthentication-required")
    assert 'error="insufficient_user_authentication", max_age="600"' in stale.headers["WWW-Authenticate"]
    assert fresh.status_code == done


def test_s51_a_sign_in_elsewhere_is_ended_by_a_fresh_proof_alone(ada, sign_in, clock):
    """S51: its own route, which names the sign-in."""
    phone, me = sign_in(by="/sessions"), sign_in()
    clock.shift(601)

    stale = me("DELETE", f"/sessions/{phone.held['id']}")

    assert stale.status_code == 401
    assert status_of(phone) == 200


def test_s51_a_proof_gives_our_own_pair_anew(ada, sign_in, clock):
    """S51: the session token and the update token of before are dead."""
    me = sign_in(by="/sessions")
    clock.shift(601)

    proven = me("POST", "/sessions/current/reauthenticate", {"password": PASSWORD})

    assert status_of(me) == 401
    assert me("GET", "/users/me", token=proven.json["session_token"]).status_code == 200
    assert me("PUT", "/sessions/current", token=me.held["update_token"]).status_code == 401


def test_s51_a_proof_gives_tokens_anew(ada, api, sign_in, clock):
    """S51: the refresh token of before is dead; an old access token is not made a fresh one."""
    me = sign_in()
    clock.shift(601)

    me("POST", "/tokens/reauthenticate", {"password": PASSWORD})

    assert api("PUT", "/tokens", {"refresh_token": me.held["refresh_token"]}).status_code == 401
    assert me("DELETE", "/sessions").status_code == 401


def test_s51_refreshing_proves_nothing(ada, api, sign_in, clock):
    """S51: a token that came of a refresh is as old as the password that was typed."""
    me = sign_in()
    clock.shift(601)

    fresh = api("PUT", "/tokens", {"refresh_token": me.held["refresh_token"]}).json["access_token"]

    assert me("DELETE", "/sessions", token=fresh).status_code == 401
