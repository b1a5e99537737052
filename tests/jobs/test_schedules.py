"""When a scheduled job is due next: computed from nothing but a moment, the same by whoever does it."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.errors import SetupError
from carboy.jobs import Jobs, cron, daily, every, job
from carboy.jobs.schedules import Cron, Every

CHANGES = ["2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-03-08T07:00Z", "2026-11-01T06:00Z", "2026-09-26T14:00Z"]
NEAR_CHANGES = st.builds(
    lambda change, away: datetime.fromisoformat(change) + away,
    st.sampled_from(CHANGES),
    st.timedeltas(timedelta(hours=-30), timedelta(hours=6)),
)
ANY_MOMENT = st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MOMENTS = ANY_MOMENT | NEAR_CHANGES
INTERVALS = st.timedeltas(timedelta(seconds=1), timedelta(days=366))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham"])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def field(least, most):
    number = st.integers(least, most)
    step = st.integers(1, most).map("*/{}".format)
    span = st.tuples(number, number).map(lambda two: "{}-{}".format(*sorted(two)))
    return st.one_of(st.just("*"), number.map(str), step, span, st.lists(number, min_size=2).map(joined))


def joined(numbers):
    return ",".join(map(str, numbers))


EXPRESSIONS = st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7)).map(" ".join)


def due(timing, *, after, times=3):
    """The moments in UTC, as text, that follow this one."""
    moment, found = datetime.fromisoformat(after).astimezone(UTC), []
    for _ in range(times):
        moment = timing.after(moment)
        found.append(f"{moment:%d %H:%M}")
    return found


@pytest.fixture
def jobs():
    return Jobs(database=None)


@pytest.fixture
def timing_of(jobs):
    """The timing that a declaration comes to."""

    def make(declare):
        jobs.register(declare(job(lambda: None)))
        (schedule,) = jobs.schedules.values()
        return schedule.timing

    return make


# -- the next moment


@given(INTERVALS, MOMENTS)
def test_an_interval_is_next_on_its_grid_and_no_later_than_one_interval_away(interval, moment):
    found = Every(interval).after(moment)

    assert moment < found <= moment + interval
    assert (found - EPOCH) % interval == timedelta(0)


@given(EXPRESSIONS, ZONES, MOMENTS)
def test_a_line_of_cron_is_next_strictly_later_at_a_whole_minute(expression, tz, moment):
    timing = Cron(expression, tz)

    found = timing.after(moment)

    assert found > moment
    assert found.utcoffset() == timedelta(0)
    assert (found.second, found.microsecond) == (0, 0)


@given(EXPRESSIONS, ZONES, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_whoever_looks_before_a_moment_finds_that_moment(expression, tz, moment, earlier):
    timing = Cron(expression, tz)
    found = timing.after(moment)

    assert moment - earlier < timing.after(moment - earlier) <= found
    assert timing.after(found - timedelta(microseconds=1)) == found


@given(st.text("0123456789*/,-#LW MON", max_size=20) | st.text(max_size=20))
def test_any_text_is_a_line_of_cron_or_refused_with_what_to_say(expression):
    refused = None
    try:
        cron(expression)
    except SetupError as error:
        refused = error

    assert refused is None or "Say minute, hour, day of month, month and day of week" in str(refused)


# -- when clocks are changed


@pytest.mark.parametrize(
    ("tz", "at", "before", "moments"),
    [
        ("Europe/Berlin", "02:30", "2026-03-28T12:00+01:00", ["29 01:00", "30 00:30", "31 00:30"]),
        ("America/New_York", "02:30", "2026-03-07T12:00-05:00", ["08 07:00", "09 06:30", "10 06:30"]),
    ],
)
def test_a_time_that_clocks_leave_out_is_the_first_moment_after_the_gap(timing_of, tz, at, before, moments):
    assert due(timing_of(daily(at=at, tz=tz)), after=before) == moments


@pytest.mark.parametrize(
    ("tz", "at", "before", "moments"),
    [
        ("Europe/Berlin", "02:30", "2026-10-24T12:00+02:00", ["25 00:30", "26 01:30", "27 01:30"]),
        ("America/New_York", "01:30", "2026-10-31T12:00-04:00", ["01 05:30", "02 06:30", "03 06:30"]),
    ],
)
def test_a_time_that_clocks_show_twice_is_its_first_round_alone(timing_of, tz, at, before, moments):
    assert due(timing_of(daily(at=at, tz=tz)), after=before) == moments


def test_whoever_looks_in_the_second_round_of_an_hour_waits_for_the_next_day(timing_of):
    timing = timing_of(daily(at="02:30", tz="Europe/Berlin"))

    assert due(timing, after="2026-10-25T02:10+01:00", times=1) == ["26 01:30"]


def test_two_times_in_the_gap_are_one_moment(timing_of):
    timing = timing_of(cron("15,45 2 * * *", tz="Europe/Berlin"))

    assert due(timing, after="2026-03-29T00:30+01:00", times=2) == ["29 01:00", "30 00:15"]


@pytest.mark.parametrize(
    ("before", "moments"),
    [
        ("2026-03-29T01:20+01:00", ["29 00:30", "29 01:00", "29 01:30"]),
        ("2026-10-25T02:40+02:00", ["25 01:00", "25 01:30", "25 02:00"]),
    ],
)
def test_a_line_whose_minute_is_a_star_goes_by_elapsed_time(timing_of, before, moments):
    assert due(timing_of(cron("*/30 * * * *", tz="Europe/Berlin")), after=before) == moments


def test_a_star_for_the_minute_follows_the_clocks_into_the_hour_that_is_left_out_or_comes_twice(timing_of):
    timing = timing_of(cron("*/30 2 * * *", tz="Europe/Berlin"))

    assert due(timing, after="2026-03-29T00:30+01:00", times=2) == ["30 00:00", "30 00:30"]
    assert due(timing, after="2026-10-25T00:30+02:00", times=5) == [
        "25 00:00", "25 00:30", "25 01:00", "25 01:30", "26 01:00"
    ]  # fmt: skip


# -- declarations


@pytest.mark.parametrize(
    "order", [lambda scheduled: every(60)(job(scheduled)), lambda scheduled: job(every(60)(scheduled))]
)
def test_a_schedule_stacks_on_a_job_in_either_order(jobs, order):
    def report():
        pass

    jobs.register(order(report))

    assert [str(schedule.timing) for schedule in jobs.schedules.values()] == ["every 0:01:00"]


def test_a_job_may_have_several_schedules(jobs):
    @cron("0 12 * * mon-fri", tz="Europe/Berlin")
    @daily(at="03:05")
    @every(timedelta(days=2), missed="skip")
    @job(name="report")
    def report():
        pass

    jobs.register(report)

    assert {which: schedule.missed for which, schedule in jobs.schedules.items()} == {
        ("report", "every 2 days"): "skip",
        ("report", "5 3 * * * UTC"): "once",
        ("report", "0 12 * * MON-FRI Europe/Berlin"): "once",
    }


def test_a_schedule_without_a_job_is_refused(jobs):
    @every(60)
    def report():
        pass

    with pytest.raises(SetupError, match="Put @job above it"):
        jobs.register(report)


def test_a_job_that_must_be_told_something_is_not_scheduled(jobs):
    @every(60)
    @job
    def export(list_id: int, size: int = 3, *, db):
        pass

    with pytest.raises(SetupError, match=r"nobody is there to say list_id\. Give them defaults, or schedule"):
        jobs.register(export)


def test_a_job_with_defaults_is_scheduled(jobs):
    @every(60)
    @job
    def export(size: int = 3):
        pass

    jobs.register(export)

    assert len(jobs.schedules) == 1


def test_a_scheduled_name_that_is_too_long_for_its_key_is_refused(jobs):
    with pytest.raises(SetupError, match="Give it a shorter one"):
        jobs.register(every(60)(job(name="x" * 190)(lambda: None)))


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: every(0), r"@every\(0\) is too short or too long. Say a second to 366 days"),
        (lambda: every(timedelta(seconds=-5)), "too short or too long"),
        (lambda: every(timedelta(days=400)), "too short or too long"),
        (lambda: every(60, missed="never"), "missed='never' is neither"),
        (lambda: daily(at="24:00"), "no time of day. Say hours and minutes"),
        (lambda: daily(at="3 o'clock"), "no time of day"),
        (lambda: daily(at="03:00", tz="Europe/Atlantis"), "pip install tzdata"),
        (lambda: daily(at="03:00", tz="Europe"), "pip install tzdata"),
        (lambda: daily(at="03:00", tz="../secrets"), "pip install tzdata"),
        (lambda: cron("0 3 * * *", tz=""), "pip install tzdata"),
        (lambda: cron("61 * * * *"), r"@cron\('61 \* \* \* \*'\) cannot be kept: Bad minute"),
        (lambda: cron("* * * * * *"), "it has not five fields"),
        (lambda: cron("0 0 30 2 *"), "Bad day-of-month"),
        (lambda: cron("0 0 */31 * MON#2"), "it never happens"),
        (lambda: cron(",".join(map(str, range(60))) + " * * * *"), "more than 120 characters"),
    ],
)
def test_what_cannot_be_kept_is_refused_where_it_is_declared(declare, said):
    with pytest.raises(SetupError, match=said):
        declare()


def test_utc_needs_no_table_of_time_zones(monkeypatch):
    def none_here(key):
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", none_here)

    daily(at="03:00")

    with pytest.raises(SetupError, match="pip install tzdata"):
        daily(at="03:00", tz="Europe/Berlin")
