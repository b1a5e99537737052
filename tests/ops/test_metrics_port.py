"""METRICS_PORT answers whoever asks, whatever others do there."""

import socket
import time
import urllib.request
from contextlib import suppress

import pytest
from prometheus_client import CollectorRegistry

from carboy.ops.metrics import port as metrics_port
from carboy.testing.servers import free_port

HALF_A_REQUEST = b"GET /metrics HTTP/1.1\r\nX-Slow: "


@pytest.fixture
def port(make_settings):
    settings = make_settings(metrics_port=free_port())
    with metrics_port.listen(settings) as listening:
        end = metrics_port.serve(CollectorRegistry(), settings, listening)
        yield settings.metrics_port
        end()


@pytest.fixture
def dripping(port):
    """Open connections that have said half of a request."""
    opened = []

    def open_some(number):
        for _ in range(number):
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=0.05))
            opened[-1].sendall(HALF_A_REQUEST)
        return opened

    yield open_some
    for one in opened:
        one.close()


def ask(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=3) as answer:
        return answer.status


def is_ended(connection):
    """Say a byte more, and look whether the other side has hung up meanwhile."""
    try:
        connection.sendall(b"x")
        with suppress(TimeoutError):
            return connection.recv(1) == b""
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("number", [1, metrics_port.MOST_AT_ONCE + 5])
def test_callers_that_say_a_byte_now_and_then_hold_up_nobody_else(port, dripping, number):
    dripping(number)

    assert ask(port) == 200


def test_callers_that_say_a_byte_now_and_then_are_ended_in_time(port, dripping, monkeypatch):
    monkeypatch.setattr(metrics_port, "PATIENCE_SECONDS", 0.5)
    (slow,) = dripping(1)

    began = time.monotonic()
    while not is_ended(slow):
        assert time.monotonic() - began < 10


def test_more_callers_than_there_are_places_take_no_more_threads(port, dripping):
    opened = dripping(metrics_port.MOST_AT_ONCE + 5)

    assert ask(port) == 200
    assert sum(not is_ended(one) for one in opened) < metrics_port.MOST_AT_ONCE
