"""Who asks too often is told when to come back, and costs nothing until then."""

import hashlib
import subprocess
import sys
import threading

import pytest
import time_machine

from carboy.errors import SetupError
from carboy.settings import Settings
from carboy.web import throttle, windows
from carboy.web.identity import Identity, authenticator, public
from carboy.web.throttle import throttled
from carboy.web.windows import Memory, Rate, Redis, rates

DEAD = "redis://127.0.0.1:1/0"


def by_name(asked):
    name = asked.headers.get("X-Test")
    return Identity(None, frozenset(), None, via=f"test:{name}") if name else None


@pytest.fixture
def every_door_is_open():
    """Here they are as they are in production."""
    return False


@pytest.fixture
def make_api(make_app):
    def make(limit="2/minute", **settings):
        app = make_app(api_rate_limit=limit, **settings)
        authenticator(app, by_name)
        app.add_url_rule("/api/v1/open", "api_v1.open", public(lambda: "open"), methods=["GET", "POST"])
        app.add_url_rule("/api/v1/closed", "api_v1.closed", lambda: "closed")
        app.add_url_rule("/page", "page", public(lambda: "page"))
        return app

    return make


def ask(app, path="/api/v1/open", *, name=None, key=None, address="192.0.2.1", **options):
    headers = {field: value for field, value in (("X-Test", name), ("X-API-Key", key)) if value is not None}
    return app.test_client().open(path, headers=headers, environ_overrides={"REMOTE_ADDR": address}, **options)


def statuses(app, times, *arguments, **options):
    return [ask(app, *arguments, **options).status_code for _ in range(times)]


def test_a_caller_is_refused_beyond_the_limit_and_let_in_again_in_time(make_api):
    app = make_api("2/minute")

    with time_machine.travel(0, tick=False) as clock:
        first = statuses(app, 3)
        clock.shift(59)
        still = statuses(app, 1)
        clock.shift(1)
        after = statuses(app, 3)

    assert (first, still, after) == ([200, 200, 429], [429], [200, 200, 429])


def test_the_window_moves(make_api):
    app = make_api("2/minute")

    with time_machine.travel(0, tick=False) as clock:
        seen = statuses(app, 1)
        clock.shift(40)
        seen += statuses(app, 1)
        clock.shift(20)
        seen += statuses(app, 2)

    assert seen == [200, 200, 200, 429]


def test_a_refusal_says_in_whole_seconds_when_there_is_room(make_api):
    app = make_api("1/minute")
    said = []

    with time_machine.travel(0, tick=False) as clock:
        ask(app)
        for seconds in (0, 0.5, 30, 29.4):
            clock.shift(seconds)
            said.append(ask(app).headers["Retry-After"])

    assert said == ["60", "60", "30", "1"]


def test_who_is_refused_does_not_wait_longer_for_asking_meanwhile(make_api):
    app = make_api("1/minute")

    with time_machine.travel(0, tick=False) as clock:
        statuses(app, 1)
        for _ in range(11):
            clock.shift(5)
            assert statuses(app, 1) == [429]
        clock.shift(5)
        assert statuses(app, 1) == [200]


def test_callers_are_counted_apart_and_by_name_wherever_they_are(make_api):
    app = make_api("1/minute")

    asked = [
        ask(app, name=name, address=f"192.0.2.{end}") for end, name in enumerate(["ada", "ada", "bob", None, None])
    ]

    assert [answer.status_code for answer in asked] == [200, 429, 200, 200, 200]


@pytest.mark.parametrize(("one", "other", "together"), [
    ("192.0.2.1", "192.0.2.2", False),
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
    ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("192.0.2.1", "::ffff:192.0.2.1", True),
    ("fe80::1%eth0", "fe80::2", True),
    ("", "", True),
])  # fmt: skip
def test_strangers_are_counted_by_address_and_by_network_where_addresses_cost_nothing(make_api, one, other, together):
    app = make_api("1/minute")

    ask(app, address=one)

    assert ask(app, address=other).status_code == (429 if together else 200)


def test_pages_and_static_files_are_not_counted(make_api):
    app = make_api("1/minute")

    assert statuses(app, 3, "/page") == [200, 200, 200]


def test_what_is_not_there_is_counted_too(make_api):
    app = make_api("2/minute")

    assert statuses(app, 3, "/api/v1/nowhere") == [404, 404, 429]


def test_closed_doors_are_counted_too(make_api):
    app = make_api("2/minute")

    assert statuses(app, 3, "/api/v1/closed") == [401, 401, 429]


def test_what_a_browser_asks_before_it_asks_is_not_counted(make_api):
    app = make_api("1/minute")

    assert statuses(app, 3, method="OPTIONS") == [200, 200, 200]


@pytest.mark.parametrize("path", ["/api/v1/open", "/page"])
def test_guessing_keys_is_limited_wherever_it_is_tried(make_api, path):
    app = make_api("3/minute")

    assert statuses(app, 5, path, key="wrong") == [401, 401, 401, 429, 429]


def test_a_right_key_among_too_many_wrong_ones_is_not_told_from_them(make_api):
    key = "ck_right"
    app = make_api("3/minute", api_keys=f"ci={hashlib.sha256(key.encode()).hexdigest()}")

    statuses(app, 3, "/page", key="wrong")

    assert ask(app, "/page", key=key).status_code == 429
    assert ask(app, "/page", key=key, address="192.0.2.9").status_code == 200


def test_an_old_key_at_an_address_is_nothing_to_who_is_known_there_by_other_means(make_api):
    app = make_api("3/minute")

    statuses(app, 9, "/page", key="wrong")

    assert ask(app, "/page", name="ada").status_code == 200


def test_guessing_is_limited_where_the_api_is_not(make_api):
    app = make_api("", mode="development")

    tried = statuses(app, 65, key="wrong")

    assert (tried.count(401), tried.count(429)) == (60, 5)
    assert statuses(app, 100) == [200] * 100


@pytest.mark.parametrize("path", ["/page", "/api/v1/open"])
def test_wrong_keys_close_no_open_door_to_who_brings_none_from_the_same_address(make_api, path):
    app = make_api("5/minute")

    statuses(app, 9, "/page", key="wrong")

    assert ask(app, path).status_code == 200


def test_a_refused_request_is_not_looked_at_further(make_api):
    class Unreadable:
        def read(self, *_):
            pytest.fail("the body of a refused request was read")

    app = make_api("1/minute")
    statuses(app, 1)

    answer = app.test_client().post(
        "/api/v1/open",
        environ_overrides={"REMOTE_ADDR": "192.0.2.1", "wsgi.input": Unreadable(), "CONTENT_LENGTH": "5"},
    )

    assert answer.status_code == 429


def test_several_limits_hold_together_and_what_one_turns_away_counts_in_none(make_api):
    app = make_api("3/minute;2/second")

    with time_machine.travel(0, tick=False) as clock:
        first = statuses(app, 3)
        clock.shift(2)
        then = statuses(app, 2)

    assert (first, then) == ([200, 200, 429], [200, 429])


def test_a_view_has_a_limit_of_its_own_on_a_page_too(make_api):
    app = make_api("none")
    app.add_url_rule("/login", "login", public(throttled("2/minute")(lambda: "login")))
    app.add_url_rule("/reset", "reset", public(throttled("2/minute")(lambda: "reset")))

    assert (statuses(app, 3, "/login"), statuses(app, 2, "/reset")) == ([200, 200, 429], [200, 200])


def test_the_limit_of_a_view_comes_beside_that_of_the_api(make_api):
    app = make_api("3/minute")
    app.add_url_rule("/api/v1/dear", "api_v1.dear", public(throttled("1/hour")(lambda: "dear")))

    assert (statuses(app, 2, "/api/v1/dear"), statuses(app, 2)) == ([200, 429], [200, 429])


def test_a_limit_that_is_none_is_refused_where_it_is_written():
    with pytest.raises(SetupError, match="300/minute"):
        throttled("often")


@pytest.mark.parametrize(("said", "kept"), [
    ("300/minute", "300/minute"), (" 5 / 15 Minutes ; 1000/DAY", "5/15minute;1000/day"), ("none", ""),
])  # fmt: skip
def test_a_limit_is_spelled_in_words(project, said, kept):
    settings = Settings.load(root=project, environ={"API_RATE_LIMIT": said}, mode="testing")

    assert settings.api_rate_limit == kept


@pytest.mark.parametrize("said", ["300", "0/minute", "-1/minute", "300/fortnight", "300 per minute", "5/minute,6/hour"])
def test_a_limit_that_nobody_understands_is_refused(project, said):
    with pytest.raises(Exception, match="API_RATE_LIMIT"):
        Settings.load(root=project, environ={"API_RATE_LIMIT": said}, mode="testing")


@pytest.mark.parametrize(("mode", "limit"), [("development", "300/minute"), ("testing", "")])
def test_there_is_a_limit_everywhere_but_in_tests(make_settings, mode, limit):
    assert make_settings(mode=mode).api_rate_limit == limit


@pytest.fixture
def hasty_threads():
    """Threads take turns between almost any two instructions."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_threads_together_are_let_through_as_often_as_one(hasty_threads):
    window, rate = Memory(), Rate(60, 500)
    waits = []

    threads = [
        threading.Thread(target=lambda: waits.extend([window.take(rate, "ada") for _ in range(200)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(waits), waits.count(0)) == (1600, 500)


def test_callers_who_stay_away_are_forgotten():
    window, rate = Memory(), Rate(60, 5)

    with time_machine.travel(0, tick=False) as clock:
        for number in range(1000):
            window.take(rate, f"caller {number}")
        clock.shift(61)
        for number in range(600):
            window.take(rate, f"another {number}")

    assert len(window._hits[rate]) == 600


def test_a_caller_who_stays_keeps_nobody_else_in_memory():
    window, rate = Memory(), Rate(60, 5)

    with time_machine.travel(0, tick=False) as clock:
        for number in range(100):
            clock.shift(30)
            window.take(rate, "always here")
            window.take(rate, f"caller {number}")

    assert len(window._hits[rate]) < 5


def test_however_many_come_the_memory_for_them_is_bounded(monkeypatch):
    monkeypatch.setattr(windows, "MOST_CALLERS", 10)
    window, rate = Memory(), Rate(60, 1)

    for number in range(100):
        window.take(rate, f"caller {number}")

    assert len(window._hits[rate]) <= 11
    assert window.take(rate, "caller 99") > 0


def test_counting_starts_no_thread_and_imports_nothing_heavy():
    script = (
        "import sys, threading; from carboy.web.windows import Memory, rates;"
        "Memory().take(rates('1/minute')[0], 'ada'); "
        "print(threading.active_count(), {'limits', 'redis'} & set(sys.modules))"
    )

    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert seen.strip() == "1 set()"


def test_processes_that_share_redis_share_the_count(make_api, redis_server):
    one, other = (make_api("3/minute", redis_url=redis_server, secret_key="shared " * 6) for _ in range(2))

    seen = [ask(app, name="shared").status_code for app in (one, other, one, other, one)]

    assert seen == [200, 200, 200, 429, 429]


def test_redis_says_too_when_there_is_room(make_api, redis_server):
    app = make_api("1/minute", redis_url=redis_server)
    ask(app, name="waiting")

    seconds = int(ask(app, name="waiting").headers["Retry-After"])

    assert 55 <= seconds <= 60


def test_redis_learns_no_address(make_api, redis_server):
    import redis

    app = make_api("1/minute", redis_url=redis_server)
    ask(app, address="198.51.100.77")

    with redis.from_url(redis_server) as client:
        names = [name.decode() for name in client.scan_iter()]

    assert names
    assert not [name for name in names if "198.51" in name]


def test_while_redis_is_away_requests_pass_and_it_is_said_once(make_api, caplog):
    app = make_api("1/minute", redis_url=DEAD)

    seen = statuses(app, 4)
    app.extensions["carboy.throttle"]._outage._rests_until = 0
    seen += statuses(app, 4)

    assert seen == [200] * 8
    assert [record.levelname for record in caplog.records if "throttled" in record.getMessage()] == ["ERROR"]


def test_while_redis_is_away_the_limit_of_a_view_is_kept_by_each_process(make_api):
    app = make_api("none", redis_url=DEAD)
    app.add_url_rule("/login", "login", public(throttled("2/minute")(lambda: "login")))

    assert statuses(app, 3, "/login") == [200, 200, 429]


def test_while_redis_is_away_guessing_keys_is_limited_all_the_same(make_api):
    app = make_api("2/minute", redis_url=DEAD)

    assert statuses(app, 3, key="wrong") == [401, 401, 429]


def test_once_redis_is_back_it_counts_again(make_api, redis_server):
    app = make_api("1/minute", redis_url=redis_server)
    room = app.extensions["carboy.throttle"]
    room._outage.note(ConnectionError("away"))
    away = statuses(app, 2, name="back")
    room._outage._rests_until = 0

    assert (away, statuses(app, 2, name="back")) == ([200, 200], [200, 429])


def test_redis_that_is_away_is_found_out_at_once():
    with pytest.raises(ConnectionError):
        Redis(DEAD, patience=0.1).take(rates("1/minute")[0], "ada")


def test_redis_without_its_package_is_refused_with_what_to_install(make_api, monkeypatch):
    monkeypatch.setattr(throttle, "find_spec", lambda name: None)

    with pytest.raises(SetupError, match=r"pip install carboy\[redis\]"):
        make_api(redis_url=DEAD)
