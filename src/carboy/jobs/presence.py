"""Who is at work on this host: each process holds the lock of a file, which the kernel lets go when it dies.

So whoever starts next knows at once whose jobs were left behind, and need not wait for their leases. A process number
would not do: it is given out again, and two containers may each have one.
"""

import hashlib
import logging
import os
import socket
import stat
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # no file locks on this platform: leases alone must do
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("carboy.jobs")

_OURS_ALONE = 0o700
_UNNAMED = ".new"  # of those who are about to appear
_OLD_SECONDS = 60.0


class Presence:
    """The name of this process among those that run jobs, and the lock that shows it alive."""

    def __init__(self, database: str, folder: Path | None = None) -> None:
        self.name = f"{socket.gethostname()[:60]}/{os.getpid()}/{uuid.uuid4().hex[:12]}"
        self._folder = folder or Path(tempfile.gettempdir()) / f"carboy-workers-{_user()}"
        # Of several applications on one host, each buries its own dead.
        self._ending = f".{hashlib.sha256(database.encode()).hexdigest()[:16]}"
        self._file = self._folder / (self.name.replace("/", "~") + self._ending)
        self._descriptor: int | None = None

    def begin(self) -> None:
        """Show that this process is alive. Where no such file can be made, leases alone must do."""
        if fcntl is None:
            return
        try:
            self._show()
        except OSError as error:
            log.warning(
                "workers that die on this host are missed only when their leases are over: their folder cannot be used",
                extra={"why": str(error)},
            )

    def _show(self) -> None:
        self._folder.mkdir(mode=_OURS_ALONE, parents=True, exist_ok=True)
        if not _is_ours(self._folder):
            raise PermissionError(f"others may write to {self._folder}, or have made it")
        # Under its name it is locked from the first moment: nobody can take it for one who has died.
        unnamed = self._file.with_suffix(_UNNAMED)
        self._descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        unnamed.rename(self._file)

    def end(self, *, nothing_left: bool = True) -> None:
        """Be gone. What is left behind, whoever starts next takes back, as of one who died."""
        if self._descriptor is not None:
            if nothing_left:
                self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def departed(self) -> Iterator[str]:
        """Name those who have died here without saying so. Whoever goes on to the next has dealt with the last."""
        if self._descriptor is None:
            return
        for file in self._folder.glob(f"*{self._ending}"):
            if file == self._file or not _is_free(file):
                continue
            yield file.name.removesuffix(self._ending).replace("~", "/")
            file.unlink(missing_ok=True)
        for file in self._folder.glob(f"*{_UNNAMED}"):
            if _is_old(file) and _is_free(file):
                file.unlink(missing_ok=True)


def _user() -> int:
    return os.getuid() if fcntl else 0


def _is_old(file: Path) -> bool:
    """Whether nobody can be about to lock it and give it its name."""
    try:
        return time.time() - file.stat().st_mtime > _OLD_SECONDS
    except FileNotFoundError:  # it has its name by now
        return False


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have made it, or a link in its place, or can put something there."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & ~_OURS_ALONE & 0o777


def _is_free(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
