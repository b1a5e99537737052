"""What a start costs: importing the starter and making the application, against importing its foundations alone.

    python -m bench.start [PAIRS [FILE]]

Both are timed in fresh interpreters, one after the other, again and again, so that a busy machine slows both alike.
The aim is a ratio of 1.3 at most.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.versus.tables import row

STARTER = Path(__file__).parent.parent / "starter"

TIMED = "import time; began = time.perf_counter(); {work}; print(time.perf_counter() - began)"
FOUNDATIONS = "import flask, sqlalchemy.orm, pydantic"
APPLICATION = "import starter; starter.create_app()"
LARGEST_PARTS = 12


def seconds(work: str) -> float:
    """Time this work in a fresh interpreter."""
    return float(_run("-c", TIMED.format(work=work)).stdout.split()[-1])


def parts() -> list[tuple[int, str]]:
    """Return what the application's start imports beyond its foundations, the largest first, in microseconds."""
    base = {name for _, name in _imports(FOUNDATIONS)}
    extra = [(cost, name) for cost, name in _imports(APPLICATION) if name not in base]
    return sorted(extra, reverse=True)[:LARGEST_PARTS]


def _imports(work: str) -> list[tuple[int, str]]:
    lines = [line.split("|") for line in _run("-X", "importtime", "-c", work).stderr.splitlines() if "|" in line]
    return [(int(alone.rpartition(":")[2]), name.strip()) for alone, _, name in lines if "self" not in alone]


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "FLASK_SKIP_DOTENV": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=STARTER, env=environment, capture_output=True, text=True, check=True)


def main(pairs: int) -> str:
    """Return the times and their ratio with its spread, as a table."""
    measured = [(seconds(FOUNDATIONS), seconds(APPLICATION)) for _ in range(pairs)]
    ratios = sorted(application / foundations for foundations, application in measured)
    foundations, application = (statistics.median(column) * 1000 for column in zip(*measured, strict=True))
    lines = [row(["", "ms", "ratio"]), row(["---"] * 3)]
    lines += [row(["importing flask, sqlalchemy.orm and pydantic", f"{foundations:.0f}", "**1.00**"])]
    spread = f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    lines += [row(["importing the starter, and `create_app()`", f"{application:.0f}", spread])]
    return "\n".join(lines)


if __name__ == "__main__":
    told = main(int(sys.argv[1]) if sys.argv[1:] else 15)
    print(told)
    for cost, name in parts():
        print(f"{cost / 1000:7.1f} ms  {name}")
    if sys.argv[2:]:
        Path(sys.argv[2]).write_text(told + "\n")
