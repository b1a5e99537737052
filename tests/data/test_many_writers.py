"""Read-modify-writes from many threads and processes all land; no process speaks on another's connection."""

import pytest
from data_processes import (
    count_up,
    count_up_in_threads,
    fork_between_scopes,
    fork_inside_a_scope,
    fork_while_another_thread_writes,
)
from data_sample import Person
from sqlalchemy import select


def visits(database):
    with database.reading() as session:
        return session.scalar(select(Person.visits))


def test_read_modify_writes_of_eight_threads_all_land(database_url, make_database, add, at_once):
    database = make_database(database_url, patience=20)
    add(database, "Ada")

    for future in at_once(lambda: count_up(database, 20), threads=8):
        future.result()

    assert visits(database) == 160


@pytest.mark.long
def test_read_modify_writes_of_two_processes_all_land(database, database_url, add, processes):
    add(database, "Ada")

    futures = [processes.submit(count_up_in_threads, database_url, processes=2, threads=4, times=20) for _ in range(2)]

    assert [future.result(60) for future in futures] == [None, None]
    assert visits(database) == 160


def test_parent_and_forked_child_work_at_once_on_connections_of_their_own(database, database_url, add, processes):
    add(database, "Ada")

    parent, child = processes.submit(fork_between_scopes, database_url).result(60)

    assert parent == [[True, True], 7]
    assert child == [[False, False], 7]
    assert visits(database) == 60


def test_a_child_that_is_forked_inside_a_transaction_has_no_part_in_it(database_url, add, database, processes, stored):
    add(database, "before")

    seen = processes.submit(fork_inside_a_scope, database_url).result(60)

    assert seen == ["SetupError", ["before"]]
    assert stored() == ["before", "by parent", "by parent too"]


@pytest.mark.long
def test_a_forked_child_keeps_no_writer_waiting(database_url, processes, stored):
    processes.submit(fork_while_another_thread_writes, database_url).result(60)

    assert stored() == ["by parent", "by thread"]


@pytest.mark.parametrize("threads", [2, 8])
def test_writers_that_fail_let_the_others_in(database, add, at_once, threads):
    add(database, "Ada")

    def fail_then_count():
        with pytest.raises(ZeroDivisionError), database.transaction() as session:
            session.scalars(select(Person)).one().visits = -100
            raise ZeroDivisionError
        count_up(database, 3)

    for future in at_once(fail_then_count, threads=threads):
        future.result()

    assert visits(database) == 3 * threads
