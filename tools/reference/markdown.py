"""Tables and links as GitHub reads them."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, without columns that have nothing in them; an upright stroke in a cell stays one."""
    rows = list(rows)
    columns = [column for column in zip(head, ["---"] * len(head), *rows, strict=True) if any(column[2:])]
    lines = zip(*columns, strict=True)
    return "".join("| " + " | ".join(_cell(text) for text in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def anchor(heading: str) -> str:
    """Return what GitHub calls the place of this heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def link(heading: str) -> str:
    """Return a link to a heading of the same page."""
    return f"[{heading}](#{anchor(heading)})"


def sentence(text: str) -> str:
    """Return this with a capital letter and a full stop."""
    text = " ".join(text.split())
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def plain(text: str) -> str:
    """Return text in which <id> is no tag; what stands in backticks is left as it is."""
    return "".join(
        part if number % 2 else part.replace("<", "\\<") for number, part in enumerate(re.split(r"(`[^`]*`)", text))
    )
