"""Rounds: each work of each stack in turn, so that what else the machine does hits all alike."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from secrets import token_hex
from subprocess import run

from bench.versus import load
from bench.versus.asking import Asker
from bench.versus.data import PASSWORD, Place, Rows
from bench.versus.environments import versions_in
from bench.versus.kept import Run, python_here
from bench.versus.process import Machine, Server
from bench.versus.proof import lies
from bench.versus.stacks import Stack
from bench.versus.work import Work


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

    def run(self, kind: str) -> Run:
        """Measure on this kind of database."""
        rows = self.place.prepare(kind)
        values = {
            work.name: {stack.name: _nothing_yet() for stack in self.stacks if self._does(stack, work)}
            for work in self.works
        }
        with self._served(kind, rows) as servers:
            for server in servers:
                self._prove(server, rows)
                asker = Asker(server.port, server.stack)
                for work in self.works:
                    if self._does(server.stack, work):
                        self._stretch(server, asker, work, rows)  # warms it up
            for number in range(self.rounds):
                askers = {server: Asker(server.port, server.stack) for server in servers}
                for work in self.works:
                    for server in servers[:: 1 if number % 2 else -1]:
                        if self._does(server.stack, work):
                            found = self._stretch(server, askers[server], work, rows)
                            for what, value in found.items():
                                values[work.name][server.stack.name][what].append(value)
                self.say(f"{kind}: round {number + 1} of {self.rounds}")
            memory = {server.stack.name: server.memory_mb() for server in servers}
        versions = {stack.name: versions_in(stack, self.machine.environments) for stack in self.stacks}
        return Run(
            kind, self.machine.workers, self.machine.threads, self.seconds, python_here(), versions, values, memory
        )

    def _does(self, stack: Stack, work: Work) -> bool:
        return (work.needs is None or work.needs in stack.work) and (stack.knows_users or not work.needs_users)

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

    def _stretch(self, server: Server, asker: Asker, work: Work, rows: Rows) -> dict[str, float]:
        requests = work.requests(asker, rows)
        seconds = self.seconds * (3 if work.is_slow else 1)
        for length in (seconds, seconds, 5 * seconds):  # a machine that pauses may have nothing answered in a second
            before = server.cpu_seconds()
            found = load.put(server.port, requests, length, self.place.folder)
            used = server.cpu_seconds() - before
            if found.requests:
                break
        expected = found.requests if work.status >= 400 else 0
        if found.failures != expected or found.notes or not found.requests:
            raise SystemExit(
                f"{server.stack.name}, {work.name}: {found.failures} of {found.requests} were refused. {found.notes}"
            )
        return {
            "cpu": used / found.requests * 1e6,
            "per_second": found.per_second,
            "middle_ms": found.middle_ms,
            "slow_ms": found.slow_ms,
        }


def _nothing_yet() -> dict[str, list[float]]:
    return {what: [] for what in ("cpu", "per_second", "middle_ms", "slow_ms")}


def _hash(stack: Stack, machine: Machine) -> str:
    python = stack.binaries(machine.environments) / "python"
    done = run([python, "-c", f"{stack.hashing}; print(h({PASSWORD!r}))"], capture_output=True, text=True, check=True)
    return done.stdout.strip()
