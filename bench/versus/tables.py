"""What was measured, as tables."""

from statistics import median

from bench.versus.kept import Run
from bench.versus.stacks import STACKS

PEERS = ("typical", "fastapi", "django", "litestar")
OF_THREADS = ("GET todo", "LIST 50 foss")


def as_tables(run: Run) -> str:
    """Return a table for each work, and one of memory."""
    title = f"{run.database}, {run.workers} workers of {run.threads} threads"
    return "\n\n".join([f"## {title}", *(_of_work(run, work) for work in run.values), memory(run)]) + "\n"


def ratios(run: Run) -> str:
    """Return one table of all: who, and for each work how many times the floor's CPU, with the spread."""
    works = [work for work in run.values if "floor" in run.values[work]]
    lines = [row(["", *works]), row(["---"] * (len(works) + 1))]
    for stack in STACKS:
        told = [_ratio(run, work, stack) for work in works]
        if any(told):
            lines.append(row([STACKS[stack].title, *told]))
    return "\n".join(lines)


def microseconds(run: Run) -> str:
    """Return the same in microseconds of CPU, for those who want to know how large a floor is."""
    lines = [row(["", *run.values]), row(["---"] * (len(run.values) + 1))]
    for stack in STACKS:
        told = [f"{run.middle(work, stack, 'cpu'):.0f}" if stack in run.values[work] else "" for work in run.values]
        if any(told):
            lines.append(row([STACKS[stack].title, *told]))
    return "\n".join(lines)


def times_ours(run: Run) -> str:
    """Return how many times our CPU each peer takes, where both do the same."""
    works = [work for work, stacks in run.values.items() if any(stack in stacks for stack in PEERS)]
    lines = [row(["", *works]), row(["---"] * (len(works) + 1))]
    for stack in PEERS:
        told = [f"{_times(run, work, stack):.1f}" if stack in run.values[work] else "" for work in works]
        lines.append(row([STACKS[stack].title, *told]))
    return "\n".join(lines)


def _times(run: Run, work: str, stack: str) -> float:
    ours, theirs = (run.values[work][name]["cpu"] for name in ("carboy", stack))
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def speed(run: Run) -> str:
    """Return requests a second, and how long they took, of what is asked for most."""
    works = [work for work in ("GET todo", "LIST 50 todos", "POST todo") if work in run.values]
    heads = ["", *(f"{work}: {what}" for work in works for what in ("requests/s", "p50 ms", "p99 ms"))]
    lines = [row(heads), row(["---"] * len(heads))]
    for stack in STACKS:
        if all(stack in run.values[work] for work in works):
            cells = [f"{run.middle(work, stack, what):.{digits}f}" for work in works for what, digits in _SPEED]
            lines.append(row([STACKS[stack].title, *cells]))
    return "\n".join(lines)


_SPEED = (("per_second", 0), ("middle_ms", 1), ("slow_ms", 1))


def cpu_and_ratio(run: Run, work: str, stack: str) -> str:
    """Return what it takes, and how many times the floor that is."""
    ratio = median(run.ratios(work, stack))
    return f"{run.middle(work, stack, 'cpu'):.0f} µs" + (f", **{ratio:.2f}**" if stack.startswith("carboy") else "")


def memory(run: Run) -> str:
    """Return what each held when all was done."""
    lines = [row(["", "MB", "processes"]), row(["---"] * 3)]
    lines += [row([STACKS[stack].title, f"{held:.0f}", str(count)]) for stack, (held, count) in run.memory.items()]
    return "\n".join(lines)


def _ratio(run: Run, work: str, stack: str) -> str:
    if stack not in run.values[work] or not (found := run.ratios(work, stack)):
        return ""
    return f"**{median(found):.2f}** ({found[0]:.2f} to {found[-1]:.2f})"


def _of_work(run: Run, work: str) -> str:
    heads = ["", "CPU µs", "times the floor", "requests/s", "p50 ms", "p99 ms"]
    lines = [f"### {work}", "", row(heads), row(["---"] * len(heads))]
    for stack in (stack for stack in STACKS if stack in run.values[work]):
        cpu, speed, middle, slow = (run.middle(work, stack, what) for what in _FIGURES)
        figures = [f"{speed:.0f}", f"{middle:.1f}", f"{slow:.1f}"]
        lines.append(row([STACKS[stack].title, f"{cpu:.0f}", _ratio(run, work, stack), *figures]))
    return "\n".join(lines)


_FIGURES = ("cpu", "per_second", "middle_ms", "slow_ms")


def row(cells: list[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
