"""Which requests are the same, which keys are keys, what of an answer is kept, and for how long."""

import io
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask, Response, request, send_file, session
from sqlalchemy import event, insert, select, update

from carboy import data, settings
from carboy.context import utc_now
from carboy.data.flask import data_of, own_transactions
from carboy.errors import CarboyError
from carboy.web import errors, idempotency
from carboy.web.idempotency import IDEMPOTENCY_KEYS, answered_once, purge
from carboy.web.idempotency.fingerprint import fingerprint
from carboy.web.identity import Identity, authenticator, credentials, recognise


def application(its_settings):
    """A plain Flask application where everybody is Ada."""
    app = Flask("shop")
    settings.adopt(app, its_settings)
    app.secret_key = "throw-away"
    errors.init_app(app)
    app.before_request(lambda: recognise() and None)
    authenticator(app, lambda _request: Identity(None, frozenset(), None, "key:ada"))
    data.init_app(app)
    idempotency.init_app(app)
    return app


@pytest.fixture
def app(make_settings, tmp_path):
    app = application(make_settings(database_url=f"sqlite:///{tmp_path}/idempotency_test.sqlite"))
    database = data_of(app).database
    IDEMPOTENCY_KEYS.create(database.engine())
    yield app
    database.close()


@pytest.fixture
def serve(app):
    """Serve a view once per key at /do; what is given sends a POST there."""

    def serve(view):
        app.add_url_rule("/do", "do", view, methods=["POST"])
        return lambda key="k1", **sent: app.test_client().post("/do", headers={"Idempotency-Key": key}, **sent)

    return serve


@pytest.fixture
def seen():
    """What the view has done so far."""
    return []


@pytest.fixture
def post(serve, seen):
    return serve(lambda: answered_once(lambda: Response(str(seen.append("done") or len(seen)), 201)))


def rows(app):
    with data_of(app).database.reading() as session:
        return session.execute(select(IDEMPOTENCY_KEYS).order_by(IDEMPOTENCY_KEYS.c.key)).all()


@pytest.mark.parametrize("key", ["k", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~"])
def test_visible_ascii_is_a_key(post, app, key):
    assert post(key).status_code == 201
    assert [row.key for row in rows(app)] == [key]


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "tab\tbed", "\x01", "\x7f", "clé", "k1, k2"])
def test_a_broken_key_is_refused_and_nothing_is_done(post, app, seen, key):
    assert post(key).status_code == 422
    assert (seen, rows(app)) == ([], [])


def test_a_broken_key_is_told_as_a_violation_of_the_header(app):
    with app.test_request_context(method="POST", headers={"Idempotency-Key": "ü"}):
        recognise()
        with pytest.raises(CarboyError) as refused:
            answered_once(Response)

    (violation,) = refused.value.violations
    assert (violation.where, violation.name, violation.code) == ("header", "Idempotency-Key", "pattern")


def test_a_part_of_a_form_without_a_name_counts_like_any_other(post):
    part = b'--x\r\nContent-Disposition: form-data; filename="a.txt"\r\n\r\n%s\r\n--x--\r\n'

    first, other = (
        post("k1", data=part % content, content_type="multipart/form-data; boundary=x") for content in (b"a", b"b")
    )

    assert (first.status_code, other.status_code) == (201, 422)


def test_an_answer_that_holds_credentials_is_never_stored(serve, app, seen):
    post = serve(credentials(lambda: answered_once(lambda: Response(str(seen.append("made") or len(seen)), 201))))

    assert [post().data, post().data] == [b"1", b"2"]
    assert rows(app) == []


def test_a_view_that_opens_its_own_transactions_keeps_no_key(serve, app, seen):
    post = serve(own_transactions(lambda: answered_once(lambda: Response(str(seen.append("made") or len(seen)), 201))))

    assert [post().data, post().data] == [b"1", b"2"]
    assert post("two words").status_code == 422
    assert rows(app) == []


def test_no_cookie_is_stored_or_given_a_second_time(serve, app):
    def log_in():
        session["name"] = "Ada"
        response = Response("hello", 201)
        response.set_cookie("token", "secret")
        return response

    post = serve(lambda: answered_once(log_in))

    first, second = post(), post()

    assert len(first.headers.getlist("Set-Cookie")) == 2
    assert second.headers.getlist("Set-Cookie") == []
    assert "secret" not in rows(app)[0].headers


def test_what_describes_the_body_is_kept_and_nothing_is_made_up(serve):
    def answer():
        response = Response(status=204, headers={"Cache-Control": "no-store", "X-Request-Cost": "7"})
        response.headers.add("Link", "</a>; rel=a")
        response.headers.add("Link", "</b>; rel=b")
        del response.headers["Content-Type"]
        return response

    post = serve(lambda: answered_once(answer))
    post()

    replay = post()

    assert replay.status_code == 204
    assert sorted(replay.headers) == [
        ("Cache-Control", "no-store"),
        ("Idempotent-Replayed", "true"),
        ("Link", "</a>; rel=a"),
        ("Link", "</b>; rel=b"),
    ]


def passed_through():
    return Response([b"x"], direct_passthrough=True)


@pytest.mark.parametrize("answer", [lambda: send_file(__file__), lambda: Response(iter("ab")), passed_through])
def test_a_stream_cannot_be_kept_so_it_takes_no_key(serve, app, answer):
    post = serve(lambda: answered_once(answer))

    assert post().status_code == 422
    assert rows(app) == []


def test_a_key_without_an_answer_is_never_answered_with_success(post, app, seen):
    post()
    with data_of(app).database.transaction() as session:
        session.execute(update(IDEMPOTENCY_KEYS).values(status=None))

    assert post().status_code == 409
    assert len(seen) == 1


def post_from_another_process(root, database_url, gate):
    app = application(settings.Settings.load(root=root, environ={}, mode="testing", database_url=database_url))
    app.add_url_rule("/do", "do", lambda: answered_once(lambda: Response(str(os.getpid()), 201)), methods=["POST"])
    gate.wait(30)
    answer = app.test_client().post("/do", headers={"Idempotency-Key": "k1"})
    return answer.data, answer.headers.get("Idempotent-Replayed", "")


@pytest.mark.long
def test_of_two_processes_one_does_the_work(app, tmp_path):
    spawn = multiprocessing.get_context("spawn")
    sent = tmp_path, data_of(app).database.url.render_as_string()

    with spawn.Manager() as manager, ProcessPoolExecutor(2, spawn) as processes:
        gate = manager.Barrier(2)
        posts = [processes.submit(post_from_another_process, *sent, gate) for _ in range(2)]
        answers = [post.result(60) for post in posts]

    assert sorted(replayed for _, replayed in answers) == ["", "true"]
    assert len({body for body, _ in answers}) == 1


def print_of(app, path="/do?a=1", **sent):
    with app.test_request_context(path, **{"method": "POST", "data": "x", "content_type": "text/plain"} | sent):
        return fingerprint(request)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"path": "/done?a=1"},
        {"path": "/do?a=2"},
        {"path": "/do?a=1&"},
        {"data": "y"},
        {"data": ""},
        {"content_type": "text/html"},
        {"base_url": "http://localhost/shop"},
    ],
    ids=str,
)
def test_requests_that_differ_in_anything_are_not_the_same(app, changed):
    assert print_of(app) == print_of(app)
    assert print_of(app, **changed) != print_of(app)


def test_what_moves_from_one_part_to_the_next_is_not_the_same(app):
    assert print_of(app, "/do?a", content_type="b") != print_of(app, "/do?ab", content_type="")
    assert print_of(app, content_type="text/a", data="b") != print_of(app, content_type="text/ab", data="")


def upload(content=b"picture", name="a.png", **fields):
    return {"data": {"title": "Ada", "file": (io.BytesIO(content), name)} | fields, "content_type": None}


def test_a_form_sent_again_with_another_boundary_is_the_same(app):
    assert print_of(app, **upload()) == print_of(app, **upload())


@pytest.mark.parametrize(
    "changed",
    [upload(b"other"), upload(name="b.png"), upload(title="Bob"), upload(more="x"), {"data": {"title": "Ada"}}],
    ids=["content", "name", "field", "one more", "no file"],
)
def test_forms_that_differ_are_not_the_same(app, changed):
    assert print_of(app, **changed) != print_of(app, **upload())


def test_the_view_reads_an_upload_from_its_beginning(serve):
    post = serve(lambda: answered_once(lambda: Response(request.files["file"].read())))

    assert post(**upload(b"x" * 100_000)).data == b"x" * 100_000


def test_a_form_that_was_read_before_counts_all_the_same(app):
    def prints(title):
        with app.test_request_context("/do", method="POST", data={"title": title}):
            assert request.form["title"] == title
            return fingerprint(request)

    assert prints("Ada") != prints("Bob")


def test_a_body_that_was_eaten_before_is_a_fault_of_ours_and_not_an_empty_body(app):
    with app.test_request_context("/do", method="POST", data="x", content_type="text/plain"):
        request.stream.read()

        with pytest.raises(CarboyError, match="get_data"):
            fingerprint(request)


@pytest.fixture
def age(app):
    """Store keys that are this many hours old."""

    def age(*hours):
        with data_of(app).database.transaction() as session:
            for number, old in enumerate(hours):
                made = utc_now() - timedelta(hours=old)
                name = f"{number:04}"
                values = {"principal": "key:ada", "key": name, "fingerprint": "f" * 64, "created_at": made}
                session.execute(insert(IDEMPOTENCY_KEYS), values)

    return age


def test_purging_forgets_old_keys_and_no_others(app, age):
    age(0, 23.9, 24.1, 100)

    assert purge(data_of(app).database) == 2
    assert [row.key for row in rows(app)] == ["0000", "0001"]


def test_purging_many_takes_several_short_transactions(app, age):
    age(*range(30, 1130), 1)
    commits, database = [], data_of(app).database
    event.listen(database.engine(), "commit", commits.append)

    assert purge(database) == 1100
    assert len(rows(app)) == 1
    assert len(commits) >= 3


def test_keys_of_one_moment_are_purged_together(app):
    old = utc_now() - timedelta(days=2)
    database = data_of(app).database
    with database.transaction() as session:
        made = [{"principal": "p", "key": str(n), "fingerprint": "f", "created_at": old} for n in range(1100)]
        session.execute(insert(IDEMPOTENCY_KEYS), made)

    assert purge(database) == 1100


def test_a_key_that_was_purged_is_a_new_one(post, app, seen):
    post()
    purge(data_of(app).database, timedelta())

    assert "Idempotent-Replayed" not in post().headers
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("words", "said", "left"),
    [((), "Forgot 1 key.", 2), (("--older-than-hours", "2"), "Forgot 2 keys.", 1)],
)
def test_the_command_forgets_what_is_older(app, age, words, said, left):
    age(1, 3, 25)

    result = app.test_cli_runner().invoke(args=["idempotency", "purge", *words])

    assert (result.exit_code, result.stdout.strip(), len(rows(app))) == (0, said, left)
