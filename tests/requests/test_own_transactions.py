"""A view that opens its own transactions holds nothing between them, and what each has kept stays."""

import pytest
from sqlalchemy import func, select

from carboy.data import Database
from carboy.data.flask import data_of, db, own_transactions
from carboy.errors import CarboyError, Invalid
from carboy.web.csrf import accepts_foreign_posts


def view(app, function, *, methods=("POST",)):
    app.add_url_rule("/do", "do", accepts_foreign_posts(own_transactions(function)), methods=methods)
    return app.test_client()


def keep(note, text):
    with db().transaction() as session:
        session.add(note(text=text))


@pytest.fixture
def somebody_else(database_url):
    """The same database, for somebody who waits for no lock."""
    database = Database(database_url, patience=0.2)
    yield database
    database.close()


def test_while_it_works_nobody_waits_for_it(app, note, stored, somebody_else):
    held = []

    def work_between():
        keep(note, "first")
        held.append(data_of(app).database.engine().pool.checkedout())
        with somebody_else.transaction() as session:
            session.add(note(text="meanwhile"))
        keep(note, "second")
        return "done"

    assert view(app, work_between).post("/do").status_code == 200
    assert (held, stored()) == ([0], ["first", "meanwhile", "second"])


@pytest.mark.parametrize("error", [Invalid("no"), RuntimeError("bug")])
def test_what_it_has_kept_stays_when_it_fails_later(app, note, stored, error):
    def fail_later():
        keep(note, "kept")
        raise error

    assert view(app, fail_later).post("/do").status_code >= 422
    assert stored() == ["kept"]


def test_a_transaction_that_fails_keeps_nothing(app, note, stored):
    def fail_inside():
        with db().transaction() as session:
            session.add(note(text="lost"))
            session.flush()
            raise Invalid("no")

    assert view(app, fail_inside).post("/do").status_code == 422
    assert stored() == []


class Replayed(CarboyError):
    status = 401
    commits = True


def test_an_error_that_commits_keeps_the_transaction_that_it_leaves(app, note, stored):
    def kill_family():
        with db().transaction() as session:
            session.add(note(text="family killed"))
            raise Replayed("seen before")

    assert view(app, kill_family).post("/do").status_code == 401
    assert stored() == ["family killed"]


def test_a_get_may_write_in_a_transaction_of_its_own(app, note, stored):
    client = view(app, lambda: keep(note, "counted") or "done", methods=["GET"])

    assert client.get("/do").status_code == 200
    assert stored() == ["counted"]


def test_its_error_handler_finds_a_scope_that_reads(app, note):
    def fail_later():
        keep(note, "kept")
        raise LookupError

    app.register_error_handler(LookupError, lambda error: str(db().session.scalar(select(func.count(note.id)))))

    assert view(app, fail_later).post("/do").text == "1"
    assert data_of(app).database.engine().pool.checkedout() == 0


def test_it_is_told_that_nothing_is_open(app, caplog):
    answer = view(app, lambda: str(db().session)).post("/do")

    assert answer.status_code == 500
    assert "@own_transactions" in caplog.text


def test_inside_a_transaction_it_opens_its_own_all_the_same(app, note, stored):
    client = view(app, lambda: keep(note, "kept") or "done")

    with data_of(app).database.reading() as around:
        answer = client.post("/do")
        seen = list(around.scalars(select(note.text)))
        still_open = data_of(app).database.session is around

    assert (answer.status_code, seen, stored(), still_open) == (200, ["kept"], ["kept"], True)
