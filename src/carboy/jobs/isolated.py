"""The child of isolation.py. Its task comes on stdin, its steps leave on the descriptor that it is called with."""

import base64
import json
import os
import pickle
import signal
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from carboy.jobs.performing import perform
from carboy.jobs.running import Running
from carboy.jobs.telling import told_of

if TYPE_CHECKING:
    from carboy.jobs.claiming import Claim
    from carboy.jobs.room import Jobs


class _Reporting(Running):
    """Tells the parent what the handler reports."""

    said: int

    def progress(self, fraction: float, note: str = "") -> None:
        super().progress(fraction, note)
        _say(self.said, progress=self.reported[0], note=self.reported[1])  # type: ignore[index]


def main() -> None:
    """Run one job, and say how it ended."""
    said = int(sys.argv[1])
    task = base64.b64decode(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        jobs, claimed = _unpacked(task)
        running = _Reporting(jobs.database, claimed, jobs.handlers[claimed.handler].soft_limit)
    except Exception as error:  # noqa: BLE001  (whatever the application may raise while it is made)
        told = told_of(error)
        _say(said, unable=told.text, why=f"Its process could not begin: {told.sentence}")
        return
    running.said = said
    change = perform(jobs, claimed, running)
    if change is None:
        _say(said, state=None, why="", raised=False)
    else:
        _say(said, state=change.now, why=change.why, raised=change.error is not None)


def _unpacked(task: bytes) -> "tuple[Jobs, Claim]":
    """Make the application anew, and return its jobs with the one that is to be run."""
    factory, settings, claimed = pickle.loads(task)  # noqa: S301  (our parent's)
    module, _, name = factory.partition(":")
    app = getattr(import_module(module), name)(settings)
    return app.extensions["carboy.jobs"], claimed


def _say(said: int, **step: Any) -> None:
    os.write(said, json.dumps(step).encode() + b"\n")


def _end_with_the_parent() -> None:
    # Not through sys.stdin: its lock would be held when the interpreter ends, and Python dies of that.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)  # our own group: what the handler has started goes with us
