"""Whoever is told to stop tidies up first: clear text on the disk goes, and so does a program that is still reading."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_TO_STOP = (signal.SIGTERM, signal.SIGHUP)  # Python makes an error of SIGINT by itself


@contextmanager
def stopped_in_order() -> Iterator[None]:
    """Leave by an error when a signal says so, through every `finally`. What nohup has it ignore, it does."""
    is_main = threading.current_thread() is threading.main_thread()
    ours = [number for number in _TO_STOP if is_main and signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _frame: "FrameType | None") -> None:
    for each in _TO_STOP:
        signal.signal(each, signal.SIG_IGN)  # a second one would interrupt the tidying
    raise SystemExit(128 + number)
