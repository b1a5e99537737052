"""Asking for a job rings a bell at the broker, and neither waits for it nor fails with it."""

import os
import subprocess
import sys
import textwrap
import threading

import pytest

from carboy.jobs.engines import publishing
from carboy.jobs.engines.celery import CeleryEngine, kombu_url
from carboy.jobs.engines.publishing import Publisher
from carboy.testing.servers import free_port


def test_a_job_that_is_due_is_rung_for_in_its_queue(ask, bells, sample, until):
    ask(sample.note, "here")
    ask(sample.note_by_mail, "there")

    until(lambda: (bells("default"), bells("mail")) == (1, 1))


def test_a_job_that_is_rolled_back_is_not_rung_for(ask, bells, jobs, sample, until):
    with pytest.raises(RuntimeError), jobs.database.transaction():
        jobs.enqueue(sample.note, "never")
        raise RuntimeError

    ask(sample.note_by_mail, "the next")
    until(lambda: bells("mail") == 1)
    assert bells("default") == 0


def test_two_applications_on_one_redis_hear_their_own_bells_only(
    ask, bells, jobs, make_jobs, broker_url, sample, until
):
    other = make_jobs(broker_url, name="an-other-one")

    ask(sample.note, "ours")
    with other.database.transaction():
        other.enqueue(sample.note, "theirs")

    until(lambda: (bells(name="sample"), bells(name="an-other-one")) == (1, 1))


def test_bells_are_kept_while_the_broker_is_away_and_sent_when_it_is_back(valkey, make_jobs, sample, until):
    jobs = make_jobs(valkey.url)
    valkey.stop()

    with jobs.database.transaction():
        for number in range(3):
            jobs.enqueue(sample.note, str(number))
    valkey.start()

    until(lambda: waiting(valkey.url) == 3)


def test_ringing_never_waits_for_a_broker_that_does_not_answer(make_jobs, listener_that_is_silent, sample):
    engine = CeleryEngine(listener_that_is_silent, name="sample")
    done = threading.Event()

    def ring():
        for number in range(1000):
            engine.ring(number, "default")
        done.set()

    threading.Thread(target=ring, daemon=True).start()
    assert done.wait(1.0)


def test_no_more_bells_are_kept_than_fit(monkeypatch):
    monkeypatch.setattr(publishing, "MOST_BELLS", 10)
    publisher = Publisher(broken)

    for number in range(50):
        publisher.ring(number, "default")

    assert [number for number, _ in publisher._bells] == list(range(40, 50))
    publisher.close()


def test_a_script_that_asks_and_ends_has_rung(environment, database, bells):
    script = """
        from celery_sample import make_jobs, note
        from carboy.data import Database
        import os
        jobs = make_jobs(Database(os.environ["SAMPLE_DATABASE"]), os.environ["SAMPLE_BROKER"])
        with jobs.database.transaction():
            jobs.enqueue(note, "from a script")
    """

    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, check=True)

    assert bells() == 1


@pytest.mark.long
def test_a_script_ends_soon_though_the_broker_is_away(environment, until):
    script = f"""
        from carboy.jobs.engines.celery import CeleryEngine
        CeleryEngine("redis://127.0.0.1:{free_port()}/0", name="sample").ring("an id", "default")
    """

    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, check=True, timeout=8)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_forked_child_rings_for_itself(ask, bells, jobs, sample, until):
    ask(sample.note, "by the parent")
    until(lambda: bells() == 1)

    if (child := os.fork()) == 0:
        jobs.engine.ring("an id", "default")
        jobs.engine.close()
        os._exit(0)
    os.waitpid(child, 0)

    assert bells() == 2


def test_asking_imports_celery_in_no_thread_of_the_caller(environment):
    script = """
        import sys
        from carboy.jobs.engines.celery import CeleryEngine
        print("celery" in sys.modules, "kombu" in sys.modules, "redis" in sys.modules)
    """

    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment, check=True, capture_output=True, text=True
    )

    assert said.stdout.split() == ["False", "False", "False"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("amqp://shop:pw@localhost/shop", "amqp://shop:pw@localhost/shop"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("unix:///run/redis.sock?password=x&db=2", "redis+socket:///run/redis.sock?password=x&virtual_host=2"),
    ],
)
def test_celery_is_told_the_broker_in_its_own_spelling(ours, theirs):
    assert kombu_url(ours) == theirs


@pytest.fixture
def listener_that_is_silent():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def waiting(url):
    import redis

    with redis.Redis.from_url(url) as client:
        return client.llen("sample:celery:default")


def broken():
    raise ConnectionError
