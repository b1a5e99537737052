"""docs/reference/performance.md, made of what was kept: `python -m bench.versus.page`.

What the figures mean is written by hand, in performance.md beside this file; each `{word}` there is a table of a run.
"""

import string
from pathlib import Path

from bench.versus import tables
from bench.versus.kept import RESULTS, Run, read
from bench.versus.stacks import STACKS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "performance.md"
WRITTEN = Path(__file__).with_name("performance.md")


def written() -> str:
    """Return the page."""
    sqlite, postgresql = read(RESULTS / "sqlite-2x4.json"), read(RESULTS / "postgresql-2x4.json")
    by_threads = [read(RESULTS / f"sqlite-2x{threads}.json") for threads in (1, 2, 4)]
    said = {
        "python": sqlite.python,
        "rounds": str(len(next(iter(sqlite.values["GET todo"].values()))["cpu"])),
        "versions": "\n".join(f"| {STACKS[name].title} | {said} |" for name, said in sqlite.versions.items()),
        "ratios_sqlite": tables.ratios(sqlite),
        "ratios_postgresql": tables.ratios(postgresql),
        "cpu_sqlite": tables.microseconds(sqlite),
        "cpu_postgresql": tables.microseconds(postgresql),
        "peers_sqlite": tables.times_ours(sqlite),
        "peers_postgresql": tables.times_ours(postgresql),
        "memory": tables.memory(sqlite),
        "speed": tables.speed(sqlite),
        "threads": _by_threads(by_threads),
        "growth": (RESULTS / "growth.md").read_text().strip(),
    }
    return string.Template(WRITTEN.read_text()).substitute(said)


def _by_threads(runs: list[Run]) -> str:
    heads = ["", *(f"{work}, {run.threads}" for work in tables.OF_THREADS for run in runs)]
    lines = [tables.row(heads), tables.row(["---"] * len(heads))]
    for stack in ("floor", "carboy", "floor-granian", "carboy-granian"):
        cells = [tables.cpu_and_ratio(run, work, stack) for work in tables.OF_THREADS for run in runs]
        lines.append(tables.row([STACKS[stack].title, *cells]))
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(written())
