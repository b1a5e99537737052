"""What was measured, kept as JSON: the gate and the page are made of it."""

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.versus.stacks import FLOOR_OF

RESULTS = Path(__file__).parents[1] / "results"


@dataclass(frozen=True)
class Run:
    """One run: on what, and of each work and stack a value for each round."""

    database: str
    workers: int
    threads: int
    seconds: float
    python: str
    versions: dict[str, str]
    values: dict[str, dict[str, dict[str, list[float]]]]  # work, stack, what: cpu, per_second, middle_ms, slow_ms
    memory: dict[str, tuple[float, int]]

    @property
    def name(self) -> str:
        """What it is kept as."""
        return f"{self.database}-{self.workers}x{self.threads}"

    def ratios(self, work: str, stack: str) -> list[float]:
        """Return the CPU of each round as a ratio to the floor's in the same round and on the same server, sorted."""
        of_work = self.values[work]
        floor, own = of_work.get(FLOOR_OF.get(stack, "floor")), of_work.get(stack)
        return (
            sorted(mine / theirs for mine, theirs in zip(own["cpu"], floor["cpu"], strict=True))
            if own and floor
            else []
        )

    def middle(self, work: str, stack: str, what: str) -> float:
        """Return the median over all rounds."""
        return median(self.values[work][stack][what])

    def as_json(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self), indent=1, default=float) + "\n"


def read(path: Path) -> Run:
    """Read one that was kept."""
    said: dict[str, Any] = json.loads(path.read_text())
    return Run(**said | {"memory": {name: tuple(held) for name, held in said["memory"].items()}})


def python_here() -> str:
    """Name the Python that all of them run on."""
    return f"{platform.python_implementation()} {platform.python_version()}"
