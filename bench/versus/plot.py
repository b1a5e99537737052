"""docs/images/performance-*.svg: what a request takes, beside the peers, for those who would rather look than read."""

from collections.abc import Iterator
from html import escape
from statistics import median

from bench.versus.kept import Run

STACKS = {
    "carboy": "Carboy",
    "typical": "Flask-SQLAlchemy, marshmallow",
    "fastapi": "FastAPI, SQLModel",
    "django": "Django, REST framework",
    "litestar": "Litestar, advanced-alchemy",
}
WORKS = ("GET todo", "LIST 50 todos", "POST todo", "PATCH todo", "page, 20 todos")

_WIDTH, _LEFT, _RIGHT, _BAR, _GAP, _HEAD = 760, 320, 60, 16, 26, 64
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #27272a } .head { font-weight: 600 } .quiet { fill: #63636b }
  rect { fill: #b4b4bd } .ours { fill: #0f766e } line { stroke: #63636b; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e4e7 } .quiet { fill: #a1a1aa }
    rect { fill: #52525b } .ours { fill: #2dd4bf } line { stroke: #a1a1aa }
  }
"""


def drawn(run: Run, title: str) -> str:
    """Draw a bar for each stack and work, as long as its ratio to the floor."""
    found = {work: _ratios(run, work) for work in WORKS if work in run.values}
    longest = max(ratio for stacks in found.values() for ratio in stacks.values())
    parts, bottom = [], _HEAD
    for work, stacks in found.items():
        parts += [f'<text class="head" x="0" y="{bottom + 12}">{escape(work)}</text>']
        for stack, ratio in stacks.items():
            parts += _bar(stack, ratio, bottom, (_WIDTH - _LEFT - _RIGHT) / longest)
            bottom += _BAR + 6
        bottom += _GAP
    floor = _LEFT + (_WIDTH - _LEFT - _RIGHT) / longest
    heading = f'<text class="head" x="0" y="16">CPU for each request, times the floor: {escape(title)}</text>'
    floor_is = "The line is the floor: bare Flask, the raw driver, no users, no checks."
    said = f'<text class="quiet" x="0" y="36">{floor_is}</text>'
    line = f'<line x1="{floor:.1f}" x2="{floor:.1f}" y1="{_HEAD - 6}" y2="{bottom - _GAP}"/>'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom}" role="img">'
    described = f"<title>CPU for each request beside the peers, {escape(title)}</title>"
    return "\n".join([opening, described, f"<style>{_STYLE}</style>", heading, said, *parts, line, "</svg>", ""])


def _ratios(run: Run, work: str) -> dict[str, float]:
    return {stack: median(run.ratios(work, stack)) for stack in STACKS if stack in run.values[work]}


def _bar(stack: str, ratio: float, top: float, unit: float) -> Iterator[str]:
    ours = ' class="ours"' if stack == "carboy" else ""
    yield f'<text x="{_LEFT - 10}" y="{top + 12}" text-anchor="end">{STACKS[stack]}</text>'
    yield f'<rect{ours} x="{_LEFT}" y="{top}" width="{ratio * unit:.1f}" height="{_BAR}" rx="2"/>'
    yield f'<text x="{_LEFT + ratio * unit + 6:.1f}" y="{top + 12}">{ratio:.1f}</text>'
