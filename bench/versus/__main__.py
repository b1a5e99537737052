"""Measures. `python -m bench.versus --help` says what can be chosen."""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.versus import environments, rounds
from bench.versus.data import Place, postgresql
from bench.versus.process import Machine
from bench.versus.rounds import Course
from bench.versus.stacks import STACKS
from bench.versus.tables import as_tables
from bench.versus.work import WORKS


def main() -> None:
    """Measure what was chosen, and print it."""
    said = _arguments()
    stacks = [STACKS[name] for name in said.stacks]
    works = [work for work in WORKS if not said.works or any(word in work.name for word in said.works)]
    environments.install(stacks, said.environments)
    machine = Machine(said.workers, said.threads, said.environments.absolute())
    with ExitStack() as until_then:
        folder = Path(until_then.enter_context(tempfile.TemporaryDirectory(prefix="versus-")))
        server = until_then.enter_context(postgresql()) if "postgresql" in said.databases else None
        for kind in said.databases:
            course = Course(stacks, works, said.rounds, said.seconds, machine, Place(folder, server))
            measured = course.run(kind)
            print(as_tables(measured, f"{kind}, {machine.workers} workers of {machine.threads} threads"))
            if said.keep:
                said.keep.mkdir(parents=True, exist_ok=True)
                name = f"{kind}-{machine.workers}x{machine.threads}.json"
                (said.keep / name).write_text(rounds.as_json(measured))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.versus", description=__doc__)
    parser.add_argument("--stacks", nargs="*", default=list(STACKS), choices=list(STACKS), help="who takes part")
    parser.add_argument("--works", nargs="*", default=[], help="words of what is asked for; without them, everything")
    parser.add_argument("--databases", nargs="*", default=["sqlite"], choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1, help="of load, for each figure")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--environments", type=Path, default=Path(".bench"), help="where the peers are installed")
    parser.add_argument("--keep", type=Path, help="write what was measured into this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
