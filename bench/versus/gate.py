"""The gate: whether the starter has become slower than it was when its ratios were committed.

A ratio to the floor, round by round in one run, moves little with the machine and its other work.
"""

from collections.abc import Mapping
from statistics import median

from bench.versus.kept import Run

ALLOWED = 1.2  # a fifth worse

Ratios = Mapping[str, float]


def ours(run: Run) -> Ratios:
    """Return the ratios of the starter in a run, by the name of the work and the stack."""
    return {
        f"{work}, {stack}": median(found)
        for work, stacks in run.values.items()
        for stack in stacks
        if stack.startswith("carboy") and (found := run.ratios(work, stack))
    }


def slower(now: Ratios, committed: Ratios) -> dict[str, str]:
    """Return what has become slower, each with a sentence; what is new, or no longer measured, is told as well."""
    found = {
        name: f"{now[name]:.2f} of the floor, and {was:.2f} is committed"
        for name, was in committed.items()
        if name in now and now[name] > was * ALLOWED
    }
    found |= dict.fromkeys(committed.keys() - now.keys(), "is committed, and was not measured")
    return found | dict.fromkeys(now.keys() - committed.keys(), "was measured, and is not committed")


def slower_still(found: Mapping[str, str], again: Ratios, committed: Ratios) -> dict[str, str]:
    """Return what is slower when it is measured again as well: other work may hit one server through all its rounds."""
    return {name: sentence for name, sentence in slower(again, committed).items() if name in found}
