"""SQLite has one writer at a time. Here writers queue for their turn, in the order in which they came.

SQLite's own busy time-out polls with growing pauses: under load a late writer may starve while others
overtake it. A file lock queues in the kernel, across threads and processes, and is free when nobody waits.
"""

import os
import sys
import threading
import time
from pathlib import Path

from carboy.data.faults import DatabaseBusy

try:
    import fcntl
except ImportError:  # no file locks on this platform: SQLite's busy time-out alone must do
    fcntl = None  # type: ignore[assignment]


_LOOK_SECONDS = 0.005


class Turn:
    """One connection's place in the queue of a SQLite file's writers."""

    def __init__(self, database: Path, patience: float) -> None:
        self._lock_file = database.with_name(f"{database.name}-writers")
        self._patience = patience
        self._descriptor: int | None = None

    def take(self) -> None:
        """Wait for the turn, or raise DatabaseBusy when patience runs out. Taking it twice is taking it once."""
        if fcntl is None or self._descriptor is not None:
            return
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        if not _takes(descriptor):
            wait_for = _wait_for if _threads_are_threads() else _look_for
            wait_for(descriptor, self._patience)
        self._descriptor = descriptor

    def give_back(self) -> None:
        """Let the next writer in. Harmless when the turn was never taken."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _release(descriptor)


def _takes(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _release(descriptor: int) -> None:
    # A child that was forked meanwhile has a copy of it: closing ours alone would leave the lock in place.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _wait_for(descriptor: int, patience: float) -> None:
    """Wait in the kernel's own queue, which is fair; from a thread, since a blocked flock knows no time-out."""
    wait = _Wait(descriptor)
    threading.Thread(target=wait.run, daemon=True, name="carboy-writer-turn").start()
    try:
        granted = wait.granted_within(patience)
    except BaseException:
        wait.abandon()
        raise
    if not granted:
        raise _no_turn_within(patience)


def _threads_are_threads() -> bool:
    """Tell whether one that waits leaves the others running: gevent makes threads of the one that there is."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is None or not monkey.is_module_patched("threading")


def _look_for(descriptor: int, patience: float) -> None:
    """Look now and then, since waiting in the kernel would stop whoever has the turn. It is not fair."""
    deadline = time.monotonic() + patience
    try:
        while not _takes(descriptor):
            if time.monotonic() > deadline:
                raise _no_turn_within(patience)
            time.sleep(_LOOK_SECONDS)
    except BaseException:
        os.close(descriptor)
        raise


def _no_turn_within(patience: float) -> DatabaseBusy:
    return DatabaseBusy(
        f"No turn to write to SQLite came within {patience:g} s. Keep the transactions of others short."
    )


class _Wait:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._granted = threading.Event()
        self._decision = threading.Lock()
        self._abandoned = False

    def run(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with self._decision:
            if self._abandoned:  # a turn that comes too late goes straight to the next in the queue
                _release(self._descriptor)
            else:
                self._granted.set()

    def granted_within(self, patience: float) -> bool:
        if self._granted.wait(patience):
            return True
        with self._decision:
            self._abandoned = not self._granted.is_set()
        return not self._abandoned

    def abandon(self) -> None:
        """Want the turn no more, whether it has come or will."""
        with self._decision:
            self._abandoned = True
            if self._granted.is_set():
                _release(self._descriptor)
