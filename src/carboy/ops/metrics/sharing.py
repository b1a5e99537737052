"""Several workers that are one server: whichever is asked answers for all.

Each writes its numbers into files of a folder, which whoever is asked adds up. The files bear the number of a seat and
not of a process: whoever takes the place of a worker that died goes on with its numbers, so that nothing is lost and
nothing is counted twice. There are as many seats as there ever were workers at once: twice their number at the most,
since a server that reads its settings again starts new ones before the old ones go. The folder is new with every start.
"""

import atexit
import itertools
import os
import shutil
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry, Metric

    from carboy.ops.metrics.instruments import Instruments

_NAMED = "carboy-metrics-"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus-client looks for it
_FILE, _DIRECTORY = os.O_RDWR | os.O_CREAT, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class _Here:
    """What this process is. Like its number, it belongs to no application."""

    seat: str = "first"  # the process that workers are forked from; it answers no request
    folder: str | None = None
    is_worker = False


def open_folder() -> str:
    """Have the workers of this process share their numbers, and return where. A second time changes nothing."""
    if _Here.folder is None:  # told to read its settings again, the server goes on counting
        _sweep()
        _write_into(_make_folder())
        atexit.register(_remove_folder)
    return str(_Here.folder)


def _write_into(folder: str) -> None:
    from prometheus_client import values

    _Here.folder = os.environ[_FOLDER] = folder
    os.unsetenv(_FOLDER)  # os.environ goes on naming it, for prometheus-client; what is started from here is not told
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: _Here.seat)  # type: ignore[no-untyped-call]


def instruments(registry: "CollectorRegistry") -> "Instruments | None":
    """Return the instruments that all workers share, and have the registry read them; None if there is one process."""
    if _Here.folder is None:
        return None
    from prometheus_client.multiprocess import MultiProcessCollector

    registry.register(_EmptySeats())
    MultiProcessCollector(registry, _Here.folder)  # type: ignore[no-untyped-call]
    return _shared()


@lru_cache(maxsize=1)
def _shared() -> "Instruments":
    # Two applications in one worker write into the same files: two sets of them would overwrite each other's numbers.
    from carboy.ops.metrics.instruments import Instruments

    return Instruments(None)


def sit(folder: str) -> None:
    """Be the worker on the first seat that is free, in the folder that the server has opened."""
    if _Here.folder is None:  # it was not forked, and begins from nothing
        _write_into(folder)
    number = next(one for one in itertools.count() if _locked(Path(folder, f"{one}.seat"), _FILE) is not None)
    _Here.seat, _Here.is_worker = str(number), True
    _forget_what_was_under_way(number)


class _EmptySeats:
    """Forgets, before the others are read, what was under way on seats whose worker is gone; what was counted stays."""

    def collect(self) -> "Iterator[Metric]":
        for file in Path(str(_Here.folder)).glob("*.seat"):
            if (lock := _locked(file, _FILE)) is not None:
                _forget_what_was_under_way(int(file.stem))
                os.close(lock)
        return iter(())


def _forget_what_was_under_way(seat: int) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(seat, _Here.folder)  # type: ignore[no-untyped-call]


def _make_folder() -> str:
    made = Path(tempfile.mkdtemp(prefix=f".{_NAMED}"))
    _locked(made, _DIRECTORY)  # for good
    return str(made.rename(made.with_name(made.name.removeprefix("."))))  # before it is locked nobody may find it


def _sweep() -> None:
    """Remove the folders of servers that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_NAMED}*"):
        with suppress(OSError):  # of another user, or no folder
            if (lock := _locked(folder, _DIRECTORY)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _locked(path: Path, flags: int) -> int | None:
    """Lock it until this process and all that are forked from it have ended, however they end; None if others have.

    A number of a process in its name would say less: one comes again, and containers that share a folder see not each
    other's processes.
    """
    import fcntl

    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_folder() -> None:
    if _Here.folder is not None and not _Here.is_worker:
        shutil.rmtree(_Here.folder, ignore_errors=True)
