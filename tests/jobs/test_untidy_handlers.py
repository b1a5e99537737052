"""What handlers leave open, or do beside the straight way, changes nothing of what is promised."""

import asyncio
import threading

from carboy.jobs import State, job
from carboy.jobs.table import JOBS


def rows_one_by_one(db):
    with db.reading() as session:
        yield from session.execute(JOBS.select())


def test_a_handler_that_fails_amid_a_reading_scope_has_failed_and_its_error_is_kept(ask, run_next):
    @job(attempts=1)
    def read(*, db):
        for _ in rows_one_by_one(db):
            raise ValueError("amid")

    ask(read)
    ended = run_next()

    assert (ended.state, ended.failures) == (State.FAILED, 1)
    assert "amid" in ended.error


def test_a_handler_that_leaves_a_reading_scope_open_is_done(ask, run_next):
    left = []

    @job
    def read(*, db):
        left.append(rows_one_by_one(db))
        next(left[0])
        return "read"

    ask(read)

    assert run_next().result == '"read"'
    left[0].close()


def test_what_asyncio_writes_is_kept_with_the_news_that_it_is_done(ask, run_next, leave, effects):
    @job
    def write(*, db):
        async def work():
            leave(db, "written")

        asyncio.run(work())

    ask(write)

    assert run_next().state == State.DONE
    assert effects() == ["written"]


def test_what_asyncio_wrote_is_undone_when_the_handler_fails(ask, run_next, leave, effects):
    @job(attempts=1)
    def write(*, db):
        async def work():
            leave(db, "written")

        asyncio.run(work())
        raise ValueError("after")

    ask(write)

    assert run_next().state == State.FAILED
    assert effects() == []


def test_a_thread_that_inherits_the_work_cannot_write_by_itself(ask, run_next, leave, effects):
    @job(attempts=1)
    def write(*, db):
        asyncio.run(asyncio.to_thread(leave, db, "written"))

    ask(write)

    assert "another thread" in run_next().error
    assert effects() == []


def test_a_thread_that_knows_nothing_of_the_job_keeps_what_it_writes(ask, run_next, leave, effects):
    @job(attempts=1)
    def write(*, db):
        thread = threading.Thread(target=leave, args=(db, "written"))
        thread.start()
        thread.join()
        raise ValueError("after")

    ask(write)

    assert run_next().state == State.FAILED
    assert effects() == ["written"]
