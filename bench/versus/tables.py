"""What was measured, as tables."""

from statistics import median

from bench.versus.rounds import Measured
from bench.versus.stacks import FLOOR_OF, STACKS


def as_tables(measured: Measured, title: str) -> str:
    """Return a table for each work, and one of memory."""
    works = dict.fromkeys(work for work, _stack in measured.cpu)
    parts = [f"## {title}", *(_of_work(measured, work) for work in works), _of_memory(measured)]
    return "\n\n".join(parts) + "\n"


def ratios(measured: Measured, work: str, stack: str) -> list[float] | None:
    """Return the CPU of each round as a ratio to the floor's on the same server, in the same round."""
    floor = measured.cpu.get((work, FLOOR_OF.get(stack, "floor")))
    own = measured.cpu.get((work, stack))
    return sorted(mine / theirs for mine, theirs in zip(own, floor, strict=True)) if own and floor else None


def _of_work(measured: Measured, work: str) -> str:
    lines = [f"### {work}", "", "| | CPU µs | ratio to the floor | spread | requests/s | p50 ms | p99 ms |"]
    lines.append("|---|---|---|---|---|---|---|")
    for stack in dict.fromkeys(stack for found, stack in measured.cpu if found == work):
        key, compared = (work, stack), ratios(measured, work, stack)
        told = f"**{median(compared):.2f}** | {compared[0]:.2f} to {compared[-1]:.2f}" if compared else " | "
        rest = f"{median(measured.middle_ms[key]):.1f} | {median(measured.slow_ms[key]):.1f}"
        cpu, speed = median(measured.cpu[key]), median(measured.per_second[key])
        lines.append(f"| {STACKS[stack].title} | {cpu:.0f} | {told} | {speed:.0f} | {rest} |")
    return "\n".join(lines)


def _of_memory(measured: Measured) -> str:
    lines = ["### Memory, after all of it", "", "| | MB | processes |", "|---|---|---|"]
    for stack, (megabytes, processes) in measured.memory.items():
        lines.append(f"| {STACKS[stack].title} | {megabytes:.0f} | {processes} |")
    return "\n".join(lines)
