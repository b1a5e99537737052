"""A job in a process of its own, which can be killed: at its hard limit, or when nobody wants it any more.

The child makes the application anew, runs the handler and keeps what comes of it; this side keeps the lease and
listens. Each line that comes back is a step: how far it is, or how it ended. The child leads a group of processes:
what its handler has started is killed with it.
"""

import base64
import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from carboy.errors import CarboyError
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
_BEGIN = "import sys; sys.path[:] = sys.argv[2:]; from carboy.jobs.isolated import main; main()"


def perform_isolated(jobs: "Jobs", claimed: "Claim", running: "Running") -> Change | None:
    """Run a job in a child, and return the step that was made, None if the job is not ours any more."""
    limit = jobs.handlers[claimed.handler].hard_limit
    with _Child(jobs, claimed) as child:
        said, stopped = _follow(child, running, limit)
    if isinstance(stopped, LostLease):
        return None
    if said is not None and "state" in said:
        state, why, raised = State(said["state"]) if said["state"] else None, said["why"], said["raised"]
    elif said is not None:
        state, why, raised = _record_unable(jobs, claimed, said["unable"]), said["why"], True
    else:
        state, why = _record_killed(jobs, claimed, stopped, child.exit_code)
        raised = bool(why)
    # What the handler raised stays in the child: it may not pass through a pipe.
    return change_of(claimed, state, running.seconds, why=why, error=CarboyError(why) if raised else None)


def _follow(
    child: "_Child", running: "Running", limit: timedelta | None
) -> tuple[dict[str, Any] | None, Exception | None]:
    """Pass on what the child says until it has ended; kill it if it must not go on. Return its last word, or why."""
    while True:
        for said in child.hear(_LOOK_SECONDS):
            if "why" in said:
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


def _record_unable(jobs: "Jobs", claimed: "Claim", error: str) -> State | None:
    return keep(jobs, claimed, lambda session: ending.fail(session, claimed, error, jobs.clock()))


def _record_killed(
    jobs: "Jobs", claimed: "Claim", stopped: Exception | None, exit_code: int
) -> tuple[State | None, str]:
    if isinstance(stopped, Cancelled):
        outcome = Cancel(stopped.detail)
        return keep(jobs, claimed, lambda session: ending.record(session, claimed, outcome, jobs.clock())), ""
    if stopped is not None:
        why = str(stopped)
        return keep(jobs, claimed, lambda session: ending.fail(session, claimed, why, jobs.clock())), why
    why = f"Its process ended with {_told(exit_code)}."
    return keep(jobs, claimed, lambda session: ending.lose(session, claimed, why, jobs.clock())), why


def _told(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}, and said nothing of the job; the log may tell more"
    return f"signal {signal.Signals(-exit_code).name}: it may have used too much memory"


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
        self._ears = selectors.DefaultSelector()  # select() knows no descriptor beyond 1023
        self._ears.register(self._heard, selectors.EVENT_READ)
        # Where modules lie is told on the command line: in the environment all that the handler starts would find it.
        command = [sys.executable, "-c", _BEGIN, str(said), *sys.path]
        # Its stdin stays open as long as we live: when it ends, so does the child.
        # A process group of its own: Ctrl-C is for the worker, which lets it finish, or kills it and all it started.
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, pass_fds=[said], process_group=0
        )
        os.close(said)
        assert self._process.stdin is not None  # noqa: S101  (it is a pipe)
        with suppress(BrokenPipeError):
            self._process.stdin.write(self._task + b"\n")
            self._process.stdin.flush()
        return self

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """Wait a moment for what it says."""
        if not self._ears.select(seconds):
            # A child of its own may hold the pipe open when it is long dead.
            self.is_gone = self._process.poll() is not None
            return []
        heard = os.read(self._heard, 65536)
        self.is_gone = not heard
        *lines, self._rest = (self._rest + heard).split(b"\n")
        return [json.loads(line) for line in lines]

    def __exit__(self, *_: object) -> None:
        if not self.may_end:
            self._kill()
        try:
            self.exit_code = self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            self.exit_code = self._process.wait()
        with suppress(BrokenPipeError):
            self._process.stdin.close()  # type: ignore[union-attr]
        self._ears.close()
        os.close(self._heard)

    def _kill(self) -> None:
        """End it and all that it has started, which may be there still when it is gone itself."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _packed(jobs: "Jobs", claimed: "Claim") -> bytes:
    settings = jobs.seams.get("settings")
    return base64.b64encode(pickle.dumps((jobs.factory, settings, claimed)))
