"""A server of its own: started, asked what its whole tree of processes has used, and stopped."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.versus.stacks import Stack

from carboy.testing.servers import free_port, wait_for_port

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Machine:
    """How many of each a server may have."""

    workers: int
    threads: int
    environments: Path


class Server:
    """A stack that is being served."""

    def __init__(self, stack: Stack, machine: Machine, log: Path, variables: Mapping[str, str]) -> None:
        self.stack, self.port = stack, free_port()
        said = {"port": str(self.port), "workers": str(machine.workers), "threads": str(machine.threads)}
        binaries = stack.binaries(machine.environments)
        program, *words = (word.format(**said) for word in stack.command)
        given = {name: value.format(**said) for name, value in (stack.variables | variables).items()}
        surroundings = {"PATH": f"{binaries}:{os.environ['PATH']}", "HOME": os.environ["HOME"], **given}
        self._process = subprocess.Popen(
            [binaries / program, *words], cwd=stack.folder, env=surroundings,
            stdout=log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            wait_for_port(self.port, self._process)
        except BaseException:
            self.stop()
            raise

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return what its processes have used, with those that have ended and were waited for."""
        return sum(_used(stat) for stat in self._stats()) / _TICKS

    def memory_mb(self) -> tuple[float, int]:
        """Return what its processes hold, shared pages counted once, and how many they are."""
        held = []
        for stat in self._stats():
            with suppress(OSError):
                lines = (stat.parent / "smaps_rollup").read_text().splitlines()
                held.append(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")))
        return sum(held) / 1024, len(held)

    def stop(self) -> None:
        """End all of it."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _stats(self) -> Iterator[Path]:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if int(_fields(stat)[3]) == self._process.pid:  # its session
                    yield stat


def _used(stat: Path) -> int:
    try:
        return sum(map(int, _fields(stat)[11:15]))
    except OSError:
        return 0


def _fields(stat: Path) -> list[str]:
    return stat.read_text().rpartition(") ")[2].split()
