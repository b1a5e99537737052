"""A request's work is kept if it ends in success, and only then is success said."""

import threading

import pytest
from flask import Response, abort, copy_current_request_context, current_app, redirect, stream_with_context
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from carboy.data.flask import data_of, db, writes
from carboy.errors import CarboyError, Conflict, Invalid
from carboy.web.csrf import accepts_foreign_posts


def view(app, function, *, methods=("POST",), path="/do"):
    app.add_url_rule(path, path.strip("/"), accepts_foreign_posts(function), methods=methods)
    return app.test_client()


def test_a_success_is_committed_before_it_is_sent(app, note, stored):
    client = view(app, lambda: db().session.add(note(text="kept")) or "done")

    assert client.post("/do").status_code == 200
    assert stored() == ["kept"]


@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_an_answer_from_400_on_keeps_nothing(app, note, stored, status):
    client = view(app, lambda: db().session.add(note(text="lost")) or ("no", status))

    assert client.post("/do").status_code == status
    assert stored() == []


@pytest.mark.parametrize("error", [Invalid("no"), RuntimeError("bug")])
def test_an_exception_keeps_nothing(app, note, stored, error):
    def fail():
        db().session.add(note(text="lost"))
        db().session.flush()
        raise error

    assert view(app, fail).post("/do").status_code >= 422
    assert stored() == []


def test_a_clash_that_shows_only_at_the_commit_is_409_and_never_a_success(app, note, stored):
    client = view(app, lambda: db().session.add(note(text="twice")) or "done")

    assert [client.post("/do").status_code, client.post("/do").status_code] == [200, 409]
    assert stored() == ["twice"]


def test_a_commit_that_fails_for_no_known_reason_is_500(app, note, stored, monkeypatch):
    def fail(_session):
        raise RuntimeError("disk on fire")

    def store():
        session = db().session
        session.add(note(text="lost"))
        monkeypatch.setattr(Session, "commit", fail)
        return "done"

    answer = view(app, store).post("/do")

    monkeypatch.undo()
    assert (answer.status_code, stored()) == (500, [])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("how", ["orm", "core", "driver"])
def test_a_get_that_writes_is_refused_by_the_database(app, note, stored, method, how):
    def write():
        if how == "orm":
            db().session.add(note(text="sneaked"))
        elif how == "core":
            db().session.execute(note.__table__.insert().values(text="sneaked"))
        else:
            db().driver.cursor().execute("DELETE FROM requests_notes")
        return "done"

    client = view(app, write, methods=["GET"])

    assert client.open("/do", method=method).status_code == 500
    assert stored() == []


def test_a_get_that_declares_it_may_write(app, note, stored):
    client = view(app, writes(lambda: db().session.add(note(text="counted")) or "done"), methods=["GET"])

    assert client.get("/do").status_code == 200
    assert stored() == ["counted"]


def test_orm_and_driver_are_one_transaction(app, note, stored):
    def both():
        db().session.add(note(text="by orm"))
        cursor = db().driver.cursor()
        cursor.execute("SELECT text FROM requests_notes")
        assert [row[0] for row in cursor.fetchall()] == ["by orm"]
        abort(400)

    assert view(app, both).post("/do").status_code == 400
    assert stored() == []


def test_what_waits_for_the_commit_happens_after_it_and_only_then(app, note, stored):
    seen = []

    def store(fail=False):
        db().session.add(note(text="kept"))
        db().after_commit(lambda: seen.append(stored()))
        if fail:
            abort(409)
        return "done"

    client = view(app, store)
    view(app, lambda: store(fail=True), path="/fail")

    client.post("/fail")
    client.post("/do")

    assert seen == [["kept"]]


def test_an_after_outcome_write_survives_the_requests_rollback(app, note, stored):
    def refuse():
        db().session.add(note(text="lost"))
        db().after_outcome(lambda: db().session.add(note(text="audited")))
        abort(403)

    assert view(app, refuse).post("/do").status_code == 403
    assert stored() == ["audited"]


def test_a_get_without_anything_due_opens_no_writing_connection(app, note):
    client = view(app, lambda: str(db().session.scalars(select(note)).all()), methods=["GET"])

    client.get("/do")

    assert [kind.value for kind in data_of(app).database._engines] == ["read"]


class Replayed(CarboyError):
    status = 401
    commits = True


def test_an_error_that_commits_keeps_the_work_and_is_still_the_answer(app, note, stored):
    def kill_family():
        db().session.add(note(text="family killed"))
        raise Replayed("seen before")

    app.register_error_handler(Replayed, lambda error: ("replayed", 401))

    assert view(app, kill_family).post("/do").status_code == 401
    assert stored() == ["family killed"]


def test_an_error_handler_finds_a_scope_that_works_and_only_reads(app, note, stored):
    def fail():
        db().session.add(note(text="lost"))
        db().session.execute(text("SELECT nothing FROM nowhere"))

    def handler(_error):
        return str(len(db().session.scalars(select(note)).all())), 500

    app.register_error_handler(Exception, handler)

    answer = view(app, fail).post("/do")

    assert (answer.status_code, answer.text, stored()) == (500, "0", [])


def test_the_page_of_a_commit_that_failed_can_read_the_database(app, note, stored):
    app.register_error_handler(
        Conflict, lambda error: (f"taken: {db().session.scalars(select(note.text)).one()}", error.status)
    )
    client = view(app, lambda: db().session.add(note(text="twice")) or "done")

    client.post("/do")
    answer = client.post("/do")

    assert (answer.status_code, answer.text) == (409, "taken: twice")
    assert data_of(app).database.engine().pool.checkedout() == 0


def test_a_handler_that_answers_200_does_not_commit_what_was_left_half_done(app, note, stored):
    def fail():
        db().session.add(note(text="half"))
        db().session.flush()
        raise LookupError

    app.register_error_handler(LookupError, lambda error: "never mind")

    assert view(app, fail).post("/do").status_code == 200
    assert stored() == []


def test_a_database_error_reaches_handlers_as_an_error_of_the_house(app, note):
    seen = []

    def clash():
        for _ in range(2):
            db().session.execute(note.__table__.insert().values(text="twice"))

    app.register_error_handler(Conflict, lambda error: seen.append(error) or ("clash", 409))

    assert view(app, clash).post("/do").status_code == 409
    assert [type(error) for error in seen] == [Conflict]


def test_a_streamed_answer_holds_no_connection(app, note):
    database = data_of(app).database
    held = []

    def stream():
        db().session.add(note(text="kept"))

        def lines():
            held.append(database.engine().pool.checkedout())
            yield "line"

        return Response(stream_with_context(lines()))

    view(app, stream).post("/do")

    assert held == [0]


def test_an_abandoned_request_gives_its_connection_back(app, note):
    def crash():
        db().session.add(note(text="lost"))
        db().session.flush()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        view(app, crash).post("/do")

    assert data_of(app).database.engine().pool.checkedout() == 0


def test_twenty_requests_at_once_all_land(app, note, stored):
    def store(name):
        db().session.add(note(text=name))
        return current_app.name

    app.add_url_rule("/store/<name>", "store", accepts_foreign_posts(store), methods=["POST"])
    statuses = []

    def post(number):
        statuses.append(app.test_client().post(f"/store/n{number:02}").status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 20
    assert len(stored()) == 20


@pytest.mark.parametrize("answer", [redirect("/done"), Response("saved")])
def test_an_answer_that_is_raised_is_committed_as_any_other_success(app, note, stored, answer):
    client = view(app, lambda: db().session.add(note(text="kept")) or abort(answer))

    assert client.post("/do").status_code == answer.status_code
    assert stored() == ["kept"]


def test_a_request_that_is_made_inside_another_leaves_it_its_transaction(app, note, stored):
    app.add_url_rule("/inside", "inside", lambda: str(db().session.scalars(select(note)).all()))

    def outside():
        db().session.add(note(text="kept"))
        return current_app.test_client().get("/inside").text

    assert view(app, outside).post("/do").status_code == 200
    assert stored() == ["kept"]
    assert data_of(app).database.engine().pool.checkedout() == 0


def test_nothing_stays_open_when_somebody_elses_teardown_fails(app, note, stored):
    def fail(*_):
        raise RuntimeError("somebody else's")

    app.after_request(fail)
    app.teardown_request(fail)

    with pytest.raises(RuntimeError):
        view(app, lambda: db().session.add(note(text="lost")) or db().session.flush() or "done").post("/do")

    assert data_of(app).database.engine().pool.checkedout() == 0
    assert stored() == []


def test_what_waits_for_the_commit_goes_with_a_rollback_by_hand(app, note, stored):
    happened = []

    def change_my_mind():
        db().session.add(note(text="lost"))
        db().session.flush()
        db().after_commit(lambda: happened.append("said"))
        db().session.rollback()
        return "done"

    view(app, change_my_mind).post("/do")

    assert (happened, stored()) == ([], [])


def test_a_context_that_is_opened_inside_a_request_takes_nothing_from_it(app, note, stored):
    def copy():
        db().session.add(note(text="kept"))
        copy_current_request_context(lambda: None)()
        return "done"

    assert view(app, copy).post("/do").status_code == 200
    assert stored() == ["kept"]


def test_work_is_undone_before_the_handler_of_a_failing_hook_answers(app, note, stored):
    def fail_once(response, left=[1]):  # noqa: B006
        if left:
            left.pop()
            raise RuntimeError("in a hook")
        return response

    app.after_request(fail_once)
    app.register_error_handler(500, lambda error: f"sorry: {db().session.scalars(select(note)).all()}")

    answer = view(app, lambda: db().session.add(note(text="lost")) or "done").post("/do")

    assert (answer.text, stored()) == ("sorry: []", [])


def test_half_of_the_work_cannot_be_kept_by_hand(app, note, stored):
    def commit_then_refuse():
        db().session.add(note(text="half"))
        db().session.commit()

    assert view(app, commit_then_refuse).post("/do").status_code == 500
    assert stored() == []
