"""Jobs as text for a terminal, or as JSON for a program."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from carboy.jobs.ticking import GRACE, Id

if TYPE_CHECKING:
    from sqlalchemy import Row

    from carboy.jobs.declaring import Handler

Fields = Mapping[str, Any]

_WIDEST_CELL = 60
_INDENT = "\n" + " " * 4


def of_job(row: "Row[Any]", handler: "Handler | None") -> Fields:
    """Return everything of one job; what it was asked with only where its handler is known and nothing confidential."""
    return {
        "id": row.id,
        "handler": row.handler,
        "state": row.state,
        "progress": row.progress,
        "note": row.note,
        "queue": row.queue,
        "priority": -row.rank,
        "key": row.key,
        "attempts": f"{row.failures} of {row.attempts} failed, {row.losses} lost, {row.attempt} begun",
        "leased_by": row.leased_by,
        "unwanted": row.unwanted,
        "asked_by": row.asked_by,
        "request_id": row.request_id,
        "created_at": row.created_at,
        "due_at": row.due_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "arguments": _arguments(row, handler),
        "result": None if row.result is None else json.loads(row.result),
        "error": row.error,
    }


def of_kind(row: "Row[Any]", now: datetime, handlers: Mapping[str, "Handler"]) -> Fields:
    """Return how it stands with the jobs of one queue and handler."""
    return {
        "queue": row.queue,
        "handler": row.handler,
        "waiting": row.waiting,
        "due": row.due,
        "running": row.running,
        "failed": row.failed,
        "lease_over": row.lost,
        "longest_wait": None if row.since is None else timedelta(seconds=int((now - row.since).total_seconds())),
        "known_here": row.handler in handlers,
    }


def of_schedules(rows: "Iterable[Row[Any]]", now: datetime, known: Collection[Id]) -> list[Fields]:
    """Return every schedule: those of other releases, and those at which nobody has looked yet, as well."""
    there = {(row.handler, row.timing): row for row in rows}
    return [_of_schedule(which, there.get(which), now, known=which in known) for which in sorted({*there, *known})]


def remarks_on_kinds(kinds: Sequence[Fields]) -> Iterator[str]:
    """Say what somebody should look after."""
    if strange := [kind["handler"] for kind in kinds if not kind["known_here"]]:
        yield f"Nobody here knows {', '.join(strange)}. Jobs of it wait for a release that does."
    if any(kind["lease_over"] for kind in kinds):
        yield "A lease is over where a worker was lost. Any running `flask worker` takes such jobs back."


def remarks_on_schedules(schedules: Iterable[Fields]) -> Iterator[str]:
    """Say what is scheduled, and nobody looks at the clock."""
    if late := sorted({one["handler"] for one in schedules if one["late"]}):
        yield f"Nobody asks for {', '.join(late)} in time. Run `flask worker`, or `flask scheduler` beside Celery."


def _of_schedule(which: Id, row: "Row[Any] | None", now: datetime, *, known: bool) -> Fields:
    handler, timing = which
    return {
        "handler": handler,
        "timing": timing,
        "next_at": row and row.next_at,
        "last_at": row and row.last_at,
        # What this release does not know may have been taken away.
        "late": known and (row is None or row.next_at < now - GRACE),
        "known_here": known,
    }


def as_table(rows: Sequence[Fields]) -> str:
    """Return one line for each, below the names of the columns."""
    lines = [[name.replace("_", " ").upper() for name in rows[0]]]
    lines += [[_cut(_text(value)) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (map(str.ljust, line, widths) for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in padded)


def as_list(fields: Fields) -> str:
    """Return a line for each field; what is longer stands below its name."""
    width = max(map(len, fields))
    told = ((name.replace("_", " "), _text(value).rstrip("\n")) for name, value in fields.items())
    return "\n".join(
        name + _INDENT + text.replace("\n", _INDENT) if "\n" in text else f"{name:<{width}}  {text}"
        for name, text in told
    )


def as_json(shown: Fields | Iterable[Fields]) -> str:
    """Return the same for a program: moments in ISO 8601, durations in seconds."""
    return json.dumps(shown, indent=2, ensure_ascii=False, default=_plain)


def _arguments(row: "Row[Any]", handler: "Handler | None") -> Any:
    if handler is None:
        return "(not shown: nobody here knows the handler)"
    return "(not shown: they are confidential)" if handler.confidential else json.loads(row.arguments)


def _text(value: Any) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.0%}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case dict() | list():
            value = json.dumps(value, ensure_ascii=False)
    # A note may come from anybody, and a terminal obeys some characters.
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in str(value))


def _cut(text: str) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= _WIDEST_CELL else f"{line[: _WIDEST_CELL - 1]}…"


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else str(value)
