"""Rounds: each work of each stack in turn, so that what else the machine does hits all alike."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from subprocess import run

from bench.versus import load
from bench.versus.asking import Asker
from bench.versus.data import PASSWORD, Place, Rows
from bench.versus.process import Machine, Server
from bench.versus.proof import lies
from bench.versus.stacks import Stack
from bench.versus.work import Work


@dataclass
class Measured:
    """What was found: of each work and stack a value for each round."""

    cpu: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    per_second: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    middle_ms: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    slow_ms: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, tuple[float, int]] = field(default_factory=dict)

    def note(self, work: Work, stack: Stack, seconds: float, found: load.Load) -> None:
        """Write down one stretch."""
        key = (work.name, stack.name)
        self.cpu[key].append(seconds / found.requests * 1e6)
        self.per_second[key].append(found.per_second)
        self.middle_ms[key].append(found.middle_ms)
        self.slow_ms[key].append(found.slow_ms)


@dataclass(frozen=True)
class Course:
    """What is run: who, what, how often and for how long."""

    stacks: Sequence[Stack]
    works: Sequence[Work]
    rounds: int
    seconds: float
    machine: Machine
    place: Place
    say: Callable[[str], None] = print

    def run(self, kind: str) -> Measured:
        """Measure on this kind of database."""
        rows = self.place.prepare(kind)
        measured = Measured()
        with self._served(kind, rows) as servers:
            for server in servers:
                self._prove(server, rows)
                for work in self._of(server.stack):
                    self._stretch(server, work, rows)  # warms it up
            for number in range(self.rounds):
                for work in self.works:
                    for server in servers[:: 1 if number % 2 else -1]:
                        if work in self._of(server.stack):
                            measured.note(work, server.stack, *self._stretch(server, work, rows))
                self.say(f"{kind}: round {number + 1} of {self.rounds}")
            measured.memory = {server.stack.name: server.memory_mb() for server in servers}
        return measured

    def _of(self, stack: Stack) -> list[Work]:
        return [
            work
            for work in self.works
            if (work.needs is None or work.needs in stack.work) and (stack.knows_users or not work.needs_users)
        ]

    @contextmanager
    def _served(self, kind: str, rows: Rows) -> Iterator[list[Server]]:
        with ExitStack() as until_then:
            servers = []
            for stack in self.stacks:
                name = f"versus_{stack.name.replace('-', '_')}"
                url = self.place.copy(kind, name, _hash(stack, self.machine))
                files = self.place.folder / f"{kind}-{name}"
                files.mkdir(exist_ok=True)
                said = {"DATABASE_URL": url, "BENCH_DATABASE": url, "BENCH_ME": str(rows.me), "BENCH_FILES": str(files)}
                said |= {"FILES_FOLDER": str(files), "SECRET_KEY": token_hex(32), "JWT_SECRET_KEY": token_hex(32)}
                said |= {"BENCH_SECRET": token_hex(32)}
                server = Server(stack, self.machine, self.place.folder / f"{kind}-{name}.log", said)
                until_then.callback(server.stop)
                servers.append(server)
            yield servers

    def _prove(self, server: Server, rows: Rows) -> None:
        found = lies(server.stack, Asker(server.port, server.stack), rows)
        if found:
            raise SystemExit(f"{server.stack.name} does not do the work: it\n  " + "\n  ".join(found))

    def _stretch(self, server: Server, work: Work, rows: Rows) -> tuple[float, load.Load]:
        requests = work.requests(Asker(server.port, server.stack), rows)
        before = server.cpu_seconds()
        found = load.put(server.port, requests, self.seconds, self.place.folder)
        used = server.cpu_seconds() - before
        expected = found.requests if work.status >= 400 else 0
        if found.failures != expected or found.notes:
            raise SystemExit(
                f"{server.stack.name}, {work.name}: {found.failures} of {found.requests} were refused. {found.notes}"
            )
        return used, found


def _hash(stack: Stack, machine: Machine) -> str:
    python = stack.binaries(machine.environments) / "python"
    done = run([python, "-c", f"{stack.hashing}; print(h({PASSWORD!r}))"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def as_json(measured: Measured) -> str:
    """Write it down."""
    kept = {
        name: [
            {"work": work, "stack": stack, "rounds": values}
            for (work, stack), values in getattr(measured, name).items()
        ]
        for name in ("cpu", "per_second", "middle_ms", "slow_ms")
    }
    return json.dumps(kept | {"memory": measured.memory}, indent=1)


def folder_of_results() -> Path:
    """Return where results are kept."""
    return Path(__file__).parent / "results"
