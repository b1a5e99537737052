"""A job in a process of its own, which can be killed: at its hard limit, or when nobody wants it any more.

The child makes the application anew, runs the handler and keeps what comes of it; this side keeps the lease and
listens. Each line that comes back is a step: how far it is, or how it ended.
"""

import base64
import json
import os
import pickle
import select
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from carboy.jobs import ending
from carboy.jobs.changes import Change
from carboy.jobs.outcomes import Cancel
from carboy.jobs.performing import change_of, keep
from carboy.jobs.stops import Cancelled, LostLease, Stopped
from carboy.jobs.table import State

if TYPE_CHECKING:
    from carboy.jobs.claiming import Claim
    from carboy.jobs.room import Jobs
    from carboy.jobs.running import Running

_LOOK_SECONDS = 0.2
_LAST_SECONDS = 5  # for a child that has said its last word


def perform_isolated(jobs: "Jobs", claimed: "Claim", running: "Running") -> Change | None:
    """Run a job in a child, and return the step that was made, None if the job is not ours any more."""
    limit = jobs.handlers[claimed.handler].hard_limit
    with _Child(jobs, claimed) as child:
        said, stopped = _follow(child, running, limit)
    if said is not None:
        state = State(said["state"]) if said["state"] else None
        return change_of(claimed, state, running.seconds, why=said["why"])
    if isinstance(stopped, LostLease):
        return None
    state, why = _record_killed(jobs, claimed, stopped, child.exit_code)
    return change_of(claimed, state, running.seconds, why=why)


def _follow(
    child: "_Child", running: "Running", limit: timedelta | None
) -> tuple[dict[str, Any] | None, Exception | None]:
    """Pass on what the child says until it has ended; kill it if it must not go on. Return its last word, or why."""
    while True:
        for said in child.hear(_LOOK_SECONDS):
            if "state" in said:
                child.may_end = True
                return said, None
            running.reported = said["progress"], said["note"]
        if child.is_gone:
            return None, None
        if limit is not None and running.seconds > limit.total_seconds():
            return None, TimeoutError(f"It ran longer than its hard limit of {limit.total_seconds():g} s.")
        try:
            running.check()
        except (Cancelled, LostLease) as stopped:
            return None, stopped
        except Stopped:
            continue  # the soft limit is the child's own to notice


def _record_killed(
    jobs: "Jobs", claimed: "Claim", stopped: Exception | None, exit_code: int
) -> tuple[State | None, str]:
    if isinstance(stopped, Cancelled):
        outcome = Cancel(stopped.detail)
        return keep(jobs, claimed, lambda session: ending.record(session, claimed, outcome, jobs.clock())), ""
    if stopped is not None:
        why = str(stopped)
        return keep(jobs, claimed, lambda session: ending.fail(session, claimed, why, jobs.clock())), why
    why = f"Its process ended with {_told(exit_code)}: it may have used too much memory."
    return keep(jobs, claimed, lambda session: ending.lose(session, claimed, why, jobs.clock())), why


def _told(exit_code: int) -> str:
    return f"signal {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit code {exit_code}"


class _Child:
    """The process, a pipe to tell it what to do, and a pipe to hear how it goes."""

    def __init__(self, jobs: "Jobs", claimed: "Claim") -> None:
        self._task = _packed(jobs, claimed)
        self._rest = b""
        self.is_gone = False
        self.may_end = False
        self.exit_code = 0

    def __enter__(self) -> Self:
        self._heard, said = os.pipe()
        command = [sys.executable, "-m", "carboy.jobs.isolated", str(said)]
        # Its stdin stays open as long as we live: when it ends, so does the child.
        # A process group of its own: Ctrl-C is for the worker, which lets it finish or kills it.
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, pass_fds=[said], env=_environment(), process_group=0
        )
        os.close(said)
        assert self._process.stdin is not None  # noqa: S101  (it is a pipe)
        with suppress(BrokenPipeError):
            self._process.stdin.write(self._task + b"\n")
            self._process.stdin.flush()
        return self

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """Wait a moment for what it says."""
        if not select.select([self._heard], [], [], seconds)[0]:
            # A child of its own may hold the pipe open when it is long dead.
            self.is_gone = self._process.poll() is not None
            return []
        heard = os.read(self._heard, 65536)
        self.is_gone = not heard
        *lines, self._rest = (self._rest + heard).split(b"\n")
        return [json.loads(line) for line in lines]

    def __exit__(self, *_: object) -> None:
        if not (self.is_gone or self.may_end):
            self._process.kill()
        try:
            self.exit_code = self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.exit_code = self._process.wait()
        with suppress(BrokenPipeError):
            self._process.stdin.close()  # type: ignore[union-attr]
        os.close(self._heard)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _packed(jobs: "Jobs", claimed: "Claim") -> bytes:
    settings = jobs.seams.get("settings")
    return base64.b64encode(pickle.dumps((jobs.factory, settings, claimed)))
