"""A line of the log as JSON: most take a short cut, and say what structlog's chain would have made them say."""

import json
import logging
import sys

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from carboy import context
from carboy.ops import logs

VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.uuids()
NAMES = st.sampled_from(["a", "ip", "route", "event", "level", "logger", "timestamp", "request_id", "job_id", "nïce"])
FIELDS = st.dictionaries(NAMES, VALUES, max_size=4)
MESSAGES = st.text(max_size=20).map(lambda text: (text, ())) | st.just(("%s: %d", ("a", 3)))


@pytest.fixture(scope="module")
def renderers(monkeypatch_of_module):
    """The short cut, and what it cuts short."""
    short = logs._renderer(as_json=True)
    monkeypatch_of_module.setattr(logs, "_short_cut", lambda chain, _bound: chain)
    return short, logs._renderer(as_json=True)


@pytest.fixture(scope="module")
def monkeypatch_of_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@given(MESSAGES, FIELDS, FIELDS, st.sampled_from([logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL]))
def test_a_short_line_says_what_the_chain_says(renderers, message, fields, bound, level):
    short, chain = renderers
    text, arguments = message

    def said(render):
        record = logging.getLogger("shop").makeRecord("shop", level, "f", 1, text, arguments, None, extra=fields)
        return json.loads(render(record))

    with structlog.contextvars.bound_contextvars(**bound), context.working_for("asked-for-by"):
        one, other = said(short), said(chain)

    assert one.keys() == other.keys()
    assert one | {"timestamp": None} == other | {"timestamp": None}
    assert one["timestamp"].endswith("Z")


def test_an_exception_and_what_structlog_itself_says_take_the_long_way(renderers):
    short, _chain = renderers
    try:
        raise ValueError("no")
    except ValueError:
        failed = logging.makeLogRecord({"msg": "failed", "levelname": "ERROR", "exc_info": sys.exc_info()})
    own = logging.makeLogRecord(
        {"msg": {"event": "by structlog"}, "levelname": "INFO", "_logger": None, "_name": "info"}
    )

    assert "ValueError: no" in json.loads(short(failed))["exception"]
    assert json.loads(short(own))["event"] == "by structlog"


def test_what_a_factory_of_records_adds_is_in_the_line(monkeypatch):
    made = logging.getLogRecordFactory()

    def traced(*said, **more):
        record = made(*said, **more)
        record.trace = "4bf92f"
        return record

    monkeypatch.setattr(logging, "_logRecordFactory", traced)
    render = logs._renderer(as_json=True)

    record = logging.getLogger("shop").makeRecord("shop", logging.INFO, "f", 1, "hello", (), None)

    assert json.loads(render(record))["trace"] == "4bf92f"
