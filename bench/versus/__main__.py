"""Measures. `python -m bench.versus --help` says what can be chosen."""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.versus import environments, gate, kept
from bench.versus.data import Place, postgresql
from bench.versus.process import Machine
from bench.versus.rounds import Course
from bench.versus.stacks import STACKS
from bench.versus.tables import as_tables
from bench.versus.work import WORKS, Work

QUICK = ("floor", "carboy")


def main() -> None:
    """Measure what was chosen, and print it."""
    said = _arguments()
    stacks = [STACKS[name] for name in (QUICK if said.quick else said.stacks)]
    works = [work for work in WORKS if work.is_quick or not said.quick]
    works = [work for work in works if not said.works or any(word in work.name for word in said.works)]
    environments.install(stacks, said.environments)
    machine = Machine(said.workers, said.threads, said.environments.absolute())
    with ExitStack() as until_then:
        server = until_then.enter_context(postgresql()) if "postgresql" in said.databases else None

        def measure(kind: str, works: Sequence[Work]) -> kept.Run:
            folder = Path(until_then.enter_context(tempfile.TemporaryDirectory(prefix="versus-")))
            return Course(stacks, works, said.rounds, said.seconds, machine, Place(folder, server)).run(kind)

        for kind in said.databases:
            run = measure(kind, works)
            print(as_tables(run))
            if said.keep:
                said.keep.mkdir(parents=True, exist_ok=True)
                (said.keep / f"{'quick' if said.quick else run.name}.json").write_text(run.as_json())
            if said.gate:
                committed = gate.ours(kept.read(said.gate))
                found = gate.slower(gate.ours(run), committed)
                if doubtful := [work for work in works if any(name.startswith(f"{work.name}, ") for name in found)]:
                    print("Again:", ", ".join(work.name for work in doubtful))
                    found = gate.slower_still(found, gate.ours(measure(kind, doubtful)), committed)
                _judge(found)


def _judge(found: Mapping[str, str]) -> None:
    for name, sentence in found.items():
        print(f"{name}: {sentence}")
    if found:
        raise SystemExit(1)
    print("Nothing is a fifth slower than what was committed.")


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
    parser.add_argument("--gate", type=Path, help="compare with what was kept here; exit 1 if a ratio is a fifth worse")
    parser.add_argument("--quick", action="store_true", help="only what the gate looks at")
    return parser.parse_args()


if __name__ == "__main__":
    main()
