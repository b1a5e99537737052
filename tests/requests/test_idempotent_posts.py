"""A POST with a key is done once, however often and by however many it is repeated; a refused one leaves no key.

It runs what docs/how-to/idempotency.md shows.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from flask import Flask, Response, abort, current_app, jsonify, redirect
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from carboy import data, settings
from carboy.data.flask import data_of, db
from carboy.errors import CarboyError, Invalid
from carboy.web import errors
from carboy.web.idempotency import IDEMPOTENCY_KEYS, answered_once
from carboy.web.identity import Identity, authenticator, recognise

REPEATS = 6


@pytest.fixture
def app(make_settings, database_url):
    """A plain Flask application that takes three rooms: transactions, identities, error answers."""
    app = Flask("shop")
    settings.adopt(app, make_settings(database_url=database_url, database_busy_seconds=2.0))
    errors.init_app(app)
    app.before_request(lambda: recognise() and None)
    authenticator(app, lambda request: Identity(None, frozenset(), None, request.headers["X-Caller"]))
    data.init_app(app)
    yield app
    data_of(app).database.close()


@pytest.fixture
def posting(app):
    """Serve a view once per key at /do; what is given sends a POST there as a caller, Ada if nobody is named."""

    def serve(view):
        once = lambda: answered_once(lambda: current_app.make_response(view()))  # noqa: E731
        app.add_url_rule("/do", "do", once, methods=["POST", "PUT"])

        def post(key="k1", caller="key:ada", method="POST", headers=(), **sent):
            headers = dict(headers) | {"X-Caller": caller} | ({} if key is None else {"Idempotency-Key": key})
            return app.test_client().open("/do", method=method, headers=headers, **({"json": {"n": 1}} | sent))

        return post

    return serve


@pytest.fixture
def keys(app):
    """How many keys are really stored."""

    def count():
        with data_of(app).database.reading() as session:
            return session.scalar(select(func.count()).select_from(IDEMPOTENCY_KEYS))

    return count


@pytest.fixture
def write(note):
    """A view that stores a note of its own each time it is called, and tells which."""

    def store():
        text = str(uuid4())
        db().session.add(note(text=text))
        return jsonify(text), 201, {"Location": f"/notes/{text}", "ETag": '"1"', "Link": '</notes>; rel="up"'}

    return store


@pytest.fixture
def beside():
    """Start a function in a thread of its own."""
    with ThreadPoolExecutor(REPEATS) as threads:
        yield threads.submit


def is_replay(answer):
    return answer.headers.get("Idempotent-Replayed") == "true"


def test_of_six_at_the_same_moment_one_is_done_and_five_are_told_its_answer(posting, write, stored, keys, beside):
    post = posting(write)
    gate = threading.Barrier(REPEATS, timeout=30)

    answers = [beside(lambda: (gate.wait(), post())[1]) for _ in range(REPEATS)]
    answers = [answer.result() for answer in answers]

    assert sorted(map(is_replay, answers)) == [False] + [True] * (REPEATS - 1)
    assert {(a.status_code, a.data, a.location, a.headers["ETag"], a.headers["Link"], a.mimetype) for a in answers} == {
        (201, answers[0].data, f"/notes/{answers[0].json}", '"1"', '</notes>; rel="up"', "application/json")
    }
    assert (stored(), keys()) == ([answers[0].json], 1)


@pytest.fixture
def slow(write):
    """A view that begins, waits to be let go, and ends as it is told: its first call alone."""

    class Slow:
        begun, go = threading.Event(), threading.Event()

        def ending(self, end):
            def view():
                first, answer = not self.begun.is_set(), write()
                if first:
                    db().session.flush()
                    self.begun.set()
                    assert self.go.wait(10)
                return end() if first else answer

            return view

    return Slow()


def test_who_repeats_while_the_first_is_at_work_waits_and_is_told_its_answer(posting, slow, stored, beside):
    post = posting(slow.ending(lambda: ("done", 201)))

    first = beside(post)
    assert slow.begun.wait(10)
    second = beside(post)
    with pytest.raises(TimeoutError):
        second.result(timeout=0.2)
    slow.go.set()

    assert (first.result().data, second.result().data) == (b"done", b"done")
    assert is_replay(second.result())
    assert len(stored()) == 1


def test_who_waits_for_one_that_is_refused_does_the_work(posting, slow, stored, beside):
    post = posting(slow.ending(lambda: abort(409)))

    first = beside(post)
    assert slow.begun.wait(10)
    second = beside(post)
    with pytest.raises(TimeoutError):
        second.result(timeout=0.2)
    slow.go.set()

    assert (first.result().status_code, second.result().status_code) == (409, 201)
    assert stored() == [second.result().json]


def raising(error):
    def fail():
        raise error

    return fail


REFUSALS = {
    "by return": lambda: ("no", 422),
    "by abort": lambda: abort(404),
    "by an error of ours": raising(Invalid("no")),
    "by a bug": raising(RuntimeError("bug")),
    "by return of 500": lambda: ("no", 500),
}


@pytest.mark.parametrize("refuse", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_request_leaves_no_key_and_may_be_repeated(posting, write, stored, keys, refuse):
    endings = iter([refuse, lambda: ("done", 201)])
    post = posting(lambda: (write(), next(endings)())[1])

    refused, left = post(), (stored(), keys())
    repeated = post()

    assert refused.status_code >= 404
    assert left == ([], 0)
    assert (repeated.status_code, is_replay(repeated), len(stored()), keys()) == (201, False, 1, 1)


def test_a_commit_that_fails_leaves_no_key(posting, write, stored, keys, monkeypatch):
    def fail(_session):
        raise RuntimeError("disk on fire")

    post = posting(write)

    with monkeypatch.context() as broken:
        broken.setattr(Session, "commit", fail)
        failed = post()
    left = (stored(), keys())
    repeated = post()

    assert (failed.status_code, left) == (500, ([], 0))
    assert (repeated.status_code, is_replay(repeated), stored()) == (201, False, [repeated.json])


class FamilyKilled(CarboyError):
    status = 401
    commits = True


def test_an_error_that_keeps_its_work_leaves_no_key(posting, write, stored, keys):
    post = posting(lambda: (write(), raising(FamilyKilled())())[1])

    answers = [post(), post()]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert (len(stored()), keys()) == (2, 0)


def test_a_refusal_that_somebody_turns_into_a_success_leaves_no_key(app, posting, write, stored, keys):
    post = posting(lambda: (write(), ("no", 409))[1])

    @app.after_request
    def soften(response):
        response.status_code = 200
        return response

    assert [post().status_code, post().status_code] == [200, 200]
    assert (len(stored()), keys()) == (2, 0)


def test_a_redirect_by_abort_is_an_answer_like_any_other(posting, write, stored):
    post = posting(lambda: (write(), abort(redirect("/there", 303)))[1])

    first, second = post(), post()

    assert (first.status_code, first.location, is_replay(first)) == (303, "/there", False)
    assert (second.status_code, second.location, is_replay(second)) == (303, "/there", True)
    assert len(stored()) == 1


def test_what_a_savepoint_undoes_takes_no_key_along(posting, note, stored):
    def store():
        db().session.add(note(text="kept"))
        with pytest.raises(IntegrityError), db().savepoint():
            db().session.add(note(text="kept"))
        with db().savepoint():
            db().session.add(note(text="kept too"))
        return "done", 201

    post = posting(store)

    assert [is_replay(post()), is_replay(post())] == [False, True]
    assert stored() == ["kept", "kept too"]


def test_a_view_that_rolls_back_by_hand_loses_its_key_and_cannot_answer(posting, note, stored, keys):
    def store():
        db().session.rollback()
        db().session.add(note(text="lost"))
        return "done", 201

    assert posting(store)().status_code == 500
    assert (stored(), keys()) == ([], 0)


def test_a_replay_answers_as_the_first_time_whatever_has_changed(app, posting, write, note, stored):
    post = posting(write)
    first = post()
    with data_of(app).database.transaction() as session:
        session.scalars(select(note)).one().text = "changed"

    assert post().data == first.data
    assert stored() == ["changed"]


def test_another_request_under_the_same_key_is_refused(posting, write, stored, keys):
    post = posting(write)
    first = post(json={"n": 1})

    refused = post(json={"n": 2})

    assert (refused.status_code, is_replay(refused)) == (422, False)
    assert (stored(), keys()) == ([first.json], 1)
    assert post(json={"n": 1}).data == first.data


def test_another_precondition_makes_another_request(posting, write, keys):
    post = posting(write)

    answers = [post(headers={"If-Match": tag}) for tag in ('"1"', '"1"', '"2"')]

    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert keys() == 1


def test_callers_have_keys_of_their_own(posting, write, stored, keys):
    post = posting(write)

    answers = [post(caller="key:ada"), post(caller="key:Ada"), post(caller="key:bob")]

    assert not any(map(is_replay, answers))
    assert (len(stored()), keys()) == (3, 3)


def test_keys_that_differ_in_case_are_two(posting, write, keys):
    post = posting(write)

    assert not any(map(is_replay, [post(key="abc"), post(key="ABC")]))
    assert keys() == 2


@pytest.mark.parametrize(
    "sent", [{"caller": ""}, {"key": None}, {"method": "PUT"}], ids=["nobody", "no key", "no POST"]
)
def test_who_takes_no_part_is_served_each_time(posting, write, stored, keys, sent):
    post = posting(write)

    assert not any(map(is_replay, [post(**sent), post(**sent)]))
    assert (len(stored()), keys()) == (2, 0)


@pytest.mark.parametrize("caller", ["key:ada", ""], ids=["known", "stranger"])
def test_a_key_that_breaks_its_contract_is_refused_whoever_sends_it(posting, write, stored, caller):
    post = posting(write)

    assert post(key="two words", caller=caller).status_code == 422
    assert stored() == []


def test_bytes_beyond_text_and_64_kilobytes_come_back_as_they_were(posting):
    content = bytes(range(256)) * 300
    post = posting(lambda: Response(content, 201, mimetype="application/octet-stream"))

    first, second = post(), post()

    assert (second.data, second.mimetype, is_replay(second)) == (content, first.mimetype, True)


def test_a_stream_cannot_be_kept_so_its_work_is_undone_and_refused(posting, write, stored, keys):
    post = posting(lambda: (write(), Response(iter(["a", "b"])))[1])

    assert (post().status_code, post(key=None).data) == (422, b"ab")
    assert (len(stored()), keys()) == (1, 0)


def test_of_many_who_wait_for_one_that_is_refused_one_does_the_work(posting, slow, stored, beside):
    post = posting(slow.ending(lambda: abort(409)))

    first = beside(post)
    assert slow.begun.wait(10)
    rest = [beside(post) for _ in range(REPEATS - 1)]
    with pytest.raises(TimeoutError):
        rest[-1].result(timeout=0.3)
    slow.go.set()
    statuses = {answer.result().status_code for answer in rest}

    # MariaDB sees a deadlock in two that are let go at once, and tells all but one to come back.
    assert (first.result().status_code, statuses | {503}) == (409, {201, 503})
    assert len(stored()) == 1
