"""docs/reference/performance.md, made of what was kept: `python -m bench.versus.page`.

What the figures mean is written by hand, in performance.md beside this file; each `{word}` there is a table of a run.
"""

import string
from collections.abc import Callable
from pathlib import Path

from bench.versus import tables
from bench.versus.kept import RESULTS, Run, read
from bench.versus.stacks import STACKS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "performance.md"
WRITTEN = Path(__file__).with_name("performance.md")


def written() -> str:
    """Return the page."""
    runs = {name: read(path) for name in _CALLED if (path := RESULTS / f"{name}-2x4.json").exists()}
    first = runs["sqlite"]
    by_threads = [read(RESULTS / f"sqlite-2x{threads}.json") for threads in (1, 2, 4)]
    said = {
        "python": first.python,
        "rounds": str(len(next(iter(first.values["GET todo"].values()))["cpu"])),
        "versions": "\n".join(f"| {STACKS[name].title} | {said} |" for name, said in first.versions.items()),
        "ratios": _of_each(runs, tables.ratios),
        "peers": _of_each(runs, tables.times_ours),
        "microseconds": _of_each(runs, tables.microseconds),
        "memory": tables.memory(first),
        "speed": tables.speed(first),
        "threads": _by_threads(by_threads),
        "growth": (RESULTS / "growth.md").read_text().strip(),
    }
    return string.Template(WRITTEN.read_text()).substitute(said)


_CALLED = {"sqlite": "SQLite", "postgresql": "PostgreSQL, whose own work is not counted"}


def _of_each(runs: dict[str, Run], table: Callable[[Run], str]) -> str:
    return "\n\n".join(f"On {_CALLED[name]}:\n\n{table(run)}" for name, run in runs.items())


def _by_threads(runs: list[Run]) -> str:
    heads = ["", *(f"{work}, {run.threads}" for work in tables.OF_THREADS for run in runs)]
    lines = [tables.row(heads), tables.row(["---"] * len(heads))]
    for stack in ("floor", "carboy", "floor-granian", "carboy-granian"):
        cells = [tables.cpu_and_ratio(run, work, stack) for work in tables.OF_THREADS for run in runs]
        lines.append(tables.row([STACKS[stack].title, *cells]))
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(written())
