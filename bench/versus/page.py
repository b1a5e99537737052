"""docs/reference/performance.md and its pictures, made of what was kept: `python -m bench.versus.page`.

What the figures mean is written by hand, in performance.md beside this file; each `{word}` there is a table of a run.
"""

import string
from collections.abc import Callable
from pathlib import Path

from bench.versus import plot, tables
from bench.versus.kept import RESULTS, Run, read
from bench.versus.stacks import STACKS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "performance.md"
WRITTEN = Path(__file__).with_name("performance.md")


def made() -> dict[Path, str]:
    """Return every file, and what is in it."""
    pictures = {DOCS / _picture(name): plot.drawn(run, _PLACES[name]) for name, run in _runs().items()}
    return {PAGE: _written(_runs()), **pictures}


def _runs() -> dict[str, Run]:
    return {name: read(RESULTS / f"{name}-2x4.json") for name in _CALLED}


def _picture(name: str) -> str:
    return f"images/performance-{name}.svg"


def _written(runs: dict[str, Run]) -> str:
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
        "pictures": "\n\n".join(f"![{_ALT.format(_PLACES[name])}](../{_picture(name)})" for name in runs),
        **{name: (RESULTS / f"{name}.md").read_text().strip() for name in ("growth", "live", "start")},
    }
    return string.Template(WRITTEN.read_text()).substitute(said)


_ALT = "Bars: the CPU for each request of Carboy and four peers on {}, as a ratio to the floor; the figures stand below"
_PLACES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
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
    for path, text in made().items():
        path.write_text(text)
