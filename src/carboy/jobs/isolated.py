"""The child of isolation.py: `python -m carboy.jobs.isolated FD`. Its task comes on stdin, its steps leave on FD."""

import base64
import json
import os
import pickle
import sys
import threading
from importlib import import_module
from typing import Any

from carboy.jobs.performing import perform
from carboy.jobs.running import Running


class _Reporting(Running):
    """Tells the parent what the handler reports."""

    said: int

    def progress(self, fraction: float, note: str = "") -> None:
        super().progress(fraction, note)
        _say(self.said, progress=self.reported[0], note=self.reported[1])  # type: ignore[index]


def main() -> None:
    """Run one job, and say how it ended."""
    said = int(sys.argv[1])
    factory, settings, claimed = pickle.loads(base64.b64decode(sys.stdin.buffer.readline()))  # noqa: S301  (our parent's)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    module, _, name = factory.partition(":")
    app = getattr(import_module(module), name)(settings)
    jobs = app.extensions["carboy.jobs"]
    running = _Reporting(jobs.database, claimed, jobs.handlers[claimed.handler].soft_limit)
    running.said = said
    change = perform(jobs, claimed, running)
    _say(said, state=change.now if change else None, why=change.why if change else "")


def _say(said: int, **step: Any) -> None:
    os.write(said, json.dumps(step).encode() + b"\n")


def _end_with_the_parent() -> None:
    # Not through sys.stdin: its lock would be held when the interpreter ends, and Python dies of that.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
