"""Looks at the ports that servers of this project will open: whether they are free, or who holds them."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from carboy.cli.doctor.looks import finding
from carboy.cli.doctor.patient import Patient
from carboy.errors import SetupError
from carboy.ops.ports import opened
from carboy.settings.ruling import Finding

if TYPE_CHECKING:
    from carboy.settings import Settings

_LISTENS = "0A"  # as /proc/net/tcp writes it


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that listens."""

    number: int
    command: str
    folder: Path


def ports(patient: Patient) -> Iterator[str | Finding]:
    """Look at each. One that a server of this very project holds is as it should be."""
    if patient.settings is None:
        return
    for (host, port), variables in addresses(patient.settings).items():
        label = f"{host}:{port} ({', '.join(variables)})"
        try:
            opened(variables[0], host, port, remedy="").close()
        except SetupError as error:
            yield _of_one_that_is_closed(patient.root, label, port, error)
        else:
            yield f"{label} is free"


def addresses(settings: "Settings") -> dict[tuple[str, int], list[str]]:
    """Return each address, and the settings that say it: development's server and gunicorn may share one."""
    found: dict[tuple[str, int], list[str]] = {}
    if not settings.deployed:
        found.setdefault((settings.host, settings.port), []).append("PORT")
    found.setdefault((settings.gunicorn_host, settings.gunicorn_port), []).append("GUNICORN_PORT")
    if settings.metrics_port:
        found.setdefault((settings.metrics_host, settings.metrics_port), []).append("METRICS_PORT")
    return found


def _of_one_that_is_closed(root: Path, label: str, port: int, error: SetupError) -> str | Finding:
    cause = error.__cause__
    if not isinstance(cause, OSError) or cause.errno != errno.EADDRINUSE:
        return finding("ports.closed", error.detail, "Choose another by this setting.")
    holder = holder_of(port)
    if holder and holder.folder.is_relative_to(root.resolve()):
        return f"{label} is held by this project's own process {holder.number}: {holder.command}"
    who = (
        f"process {holder.number} ({holder.command}, in {holder.folder})" if holder else "a process that cannot be seen"
    )
    return finding(
        "ports.taken", f"{label} is held by {who}.", f"End it, or choose another port; `lsof -i :{port}` names it."
    )


def holder_of(port: int) -> Holder | None:
    """Return who listens there, where Linux says it and lets us look."""
    wanted = {f"socket:[{inode}]" for inode in _inodes_of(port)}
    if not wanted:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(file.readlink()) in wanted for file in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                return Holder(int(process.name), command, (process / "cwd").readlink())
        except OSError:  # it is another's, or gone
            continue
    return None


def _inodes_of(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == _LISTENS and int(cells[1].rpartition(":")[2], 16) == port:
                yield cells[9]
