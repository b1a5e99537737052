"""What happens to jobs, each a function of the ground that it happens on. Its first line is its name in the table."""

import os
import random
import signal

from chaos_ground import PATIENCE_SECONDS
from chaos_register import SCENARIOS, scenario

from carboy.jobs.table import State

__all__ = ["SCENARIOS"]


@scenario()
def accepted_and_never_told(ground):
    """Crash after the commit and before anybody is told."""
    ground.worker()
    ground.accept("charge")
    ground.wait_for(State.DONE, 1)

    for _ in range(3):
        ground.accept("charge", CHAOS_DIES="committed")
    ground.fault_is_over()


@scenario(databases=("sqlite", "postgresql", "mariadb"), default=True)
def worker_killed(ground):
    """`kill -9` of a worker in mid-job; another is started."""
    worker = ground.worker()
    ground.accept("wait then charge", 4)
    ground.wait_for_reached(2)

    os.killpg(worker.pid, signal.SIGKILL)
    ground.open_gate()
    ground.fault_is_over()
    ground.worker()


@scenario(celery_on=("postgresql",))
def worker_killed_around_the_handler(ground):
    """`kill -9` between claim and handler, then between commit and log."""
    ground.accept("charge", 3)
    ground.worker(CHAOS_DIES="running").wait(PATIENCE_SECONDS)
    ground.worker(CHAOS_DIES="done").wait(PATIENCE_SECONDS)

    ground.fault_is_over()
    ground.worker()


@scenario(celery_on=("postgresql",))
def worker_killed_and_none_started(ground):
    """`kill -9` of a worker in mid-job; another one is there."""
    first = ground.worker()
    ground.accept("wait then charge", 2)
    ground.wait_for_reached(2)
    ground.worker()
    ground.accept("charge")
    ground.wait_for(State.DONE, 1)

    os.killpg(first.pid, signal.SIGKILL)
    ground.open_gate()
    ground.fault_is_over()


@scenario()
def process_of_the_job_killed(ground):
    """`kill -9` of the process that runs a job, isolated or of Celery's pool."""
    ground.worker()
    ground.accept("charge alone", 2)
    if ground.engine == "celery":
        ground.accept("wait then charge", 1)
    for process in ground.wait_for_reached(2):
        os.kill(process, signal.SIGKILL)

    ground.open_gate()
    ground.fault_is_over()


@scenario(celery_on=("postgresql",))
def worker_of_isolated_jobs_killed(ground):
    """`kill -9` of a worker whose jobs are isolated; another is started."""
    worker = ground.worker()
    ground.accept("charge alone", 2)
    ground.wait_for_reached(2)

    worker.kill()
    ground.fault_is_over()
    ground.worker()
    ground.wait_for_reached(3)
    ground.open_gate()


@scenario()
def worker_paused(ground):
    """A worker is paused for longer than its lease, and goes on."""
    first = ground.worker()
    ground.accept("wait then charge", 2)
    ground.wait_for_reached(2)

    os.killpg(first.pid, signal.SIGSTOP)
    ground.fault_is_over()
    ground.worker()
    ground.wait_for_reached(4)
    ground.open_gate()
    ground.wait_for(State.DONE, 2)
    os.killpg(first.pid, signal.SIGCONT)
    ground.wait_until(lambda: ground.log().count("job lost") >= 2, "the first worker has noticed")


@scenario(celery_on=("postgresql",))
def worker_paused_in_a_transaction(ground):
    """A worker is paused inside a transaction that has written."""
    first = ground.worker()
    ground.accept("charge then wait")
    ground.wait_for_reached(1)

    os.killpg(first.pid, signal.SIGSTOP)
    ground.worker()
    ground.fault_is_over()
    if ground.database.dialect == "sqlite":  # nobody else can write: the file is locked until it goes on
        ground.open_gate()
        os.killpg(first.pid, signal.SIGCONT)
        return
    ground.wait_for_reached(2)
    ground.open_gate()
    ground.wait_for(State.DONE, 1)
    os.killpg(first.pid, signal.SIGCONT)
    ground.wait_until(lambda: "job lost" in ground.log(), "the first worker has noticed")


@scenario(engines=("local",))
def transaction_longer_than_a_lease(ground):
    """A handler writes, and holds its transaction open for longer than its lease."""
    ground.worker()
    ground.worker()
    ground.accept("charge then wait")
    ground.wait_for_reached(1)

    ground.wait_for_a_lease_to_pass()
    ground.open_gate()
    ground.fault_is_over()
    ground.wait_for(State.DONE, 1)
    assert "put back" not in ground.log()


@scenario()
def worker_told_to_stop(ground):
    """SIGTERM while jobs are in a long call, or in a transaction."""
    first = ground.worker(JOBS_GRACE_SECONDS="1")
    ground.accept("work on then charge")
    ground.accept("charge then wait")
    ground.wait_for_reached(2)

    first.terminate()
    ground.fault_is_over()
    ground.worker()
    ground.kill_unless_gone(first)
    ground.open_gate()


@scenario()
def two_releases(ground):
    """Two releases at once: the older knows neither the new job nor the new arguments."""
    ground.hurry(1.0)  # a message that an old worker takes is repeated when nobody has come for a while
    old = ground.worker(CHAOS_RELEASE="old")
    ground.accept("invoice", 5, CHAOS_RELEASE="old")
    ground.accept("invoice", 5)
    ground.accept("refund", 5)
    ground.wait_until(lambda: ground.log().count("job left to others") >= 2, "the old release has met the new jobs")

    new = ground.worker()
    ground.fault_is_over()
    ground.accept("invoice", 5, CHAOS_RELEASE="old")
    assert (old.poll(), new.poll()) == (None, None)


@scenario(databases=("sqlite", "postgresql", "mariadb"))
def three_hundred_jobs_and_fifteen_kills(ground):
    """300 jobs under fifteen `kill -9`s of workers."""
    kill_while_working(ground, jobs=300, kills=15)


@scenario(databases=("sqlite",), engines=("local",))
def sixty_jobs_and_three_kills(ground):
    """60 jobs under three `kill -9`s of workers."""
    kill_while_working(ground, jobs=60, kills=3)


def kill_while_working(ground, *, jobs, kills):
    workers = [ground.worker(), ground.worker()]
    ground.accept("charge", jobs)
    for number in range(1, kills + 1):
        ground.wait_for(State.DONE, jobs * number // (kills + 1))
        victim = workers.pop(random.randrange(2))
        os.killpg(victim.pid, signal.SIGKILL)
        workers.append(ground.worker())
    ground.fault_is_over()


@scenario(databases=("postgresql",), own_server=True)
def database_restarted(ground):
    """The database is restarted in mid-job."""
    ground.worker()
    ground.accept("wait then charge")
    ground.accept("charge then wait")
    ground.wait_for_reached(2)
    ground.accept("charge", 20)

    ground.server.restart()
    ground.fault_is_over()
    ground.open_gate()


@scenario(databases=("postgresql",))
def clocks_apart(ground):
    """The clock of one host is 30 s ahead, that of another 30 s behind."""
    ground.worker()
    ground.accept("wait then charge", 2)
    ground.wait_for_reached(2)
    for ahead in ("30", "-30"):
        ground.worker(CHAOS_AHEAD=ahead)
        ground.accept("charge", 10, CHAOS_AHEAD=ahead)
    ground.fault_is_over()
    ground.wait_for(State.DONE, 20)
    ground.wait_for_renewed_leases()
    ground.open_gate()


@scenario(engines=("celery",))
def broker_emptied(ground):
    """`FLUSHALL` with 200 queued."""
    ground.accept("charge", 200)
    ground.broker.lose_everything()
    ground.worker()
    ground.fault_is_over()


@scenario(engines=("celery",))
def broker_away(ground):
    """Redis is down while jobs are accepted."""
    ground.worker()
    ground.accept("charge")
    ground.wait_for(State.DONE, 1)

    ground.broker.go()
    usual = ground.accept("charge", 50)
    ground.broker.come_back()
    ground.fault_is_over()
    assert 0 < usual < 0.5, f"who asked had to wait {usual:.2f} s for the broker"


@scenario(engines=("celery",))
def six_times(ground):
    """Every message is delivered six times."""
    ground.worker()
    ground.worker()
    ground.accept("charge", 50, CHAOS_ECHO="6")
    ground.fault_is_over()
