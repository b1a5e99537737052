"""All of a user's todos in one file: for a table, for a program, or both with the attachments in a zip.

However many there are, they are read a page at a time and written to a temporary file.
"""

import csv
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Any, Literal
from uuid import UUID

from carboy.data import Window

from starter.todos.domain import Filters, Todos
from starter.todos.seen import SeenTodo

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.files import Files, Kept

Format = Literal["csv", "json", "zip"]
MEDIA_TYPES: dict[Format, str] = {"csv": "text/csv", "json": "application/json", "zip": "application/zip"}
KEPT_FOR = timedelta(days=7)

COLUMNS = (
    "id", "title", "notes", "due_on", "priority", "done_at", "tags", "owner", "assignees", "created_at", "updated_at",
)  # fmt: skip

# A spreadsheet takes a cell that begins like this for a formula, and does what it says: some of them also behind
# blanks, or in the wide letters of East Asia.
_FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")  # noqa: RUF001
_CHUNK = 64 * 1024

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Source:
    """Where the todos of a user come from."""

    todos: Todos
    me: UUID
    database: "Database"
    files: "Files"

    def each(self) -> Iterator[SeenTodo]:
        """Walk along everything that this user sees. Each page is read by itself, and forgotten after it."""
        cursor: str | None = None
        while True:
            with self.database.reading():
                page = self.todos.page(self.me, Filters(), "-created_at", Window(limit=100, cursor=cursor))
                yield from page.items
            if (cursor := page.next_cursor) is None:
                return


def write(file: IO[bytes], form: Format, source: Source, *, tell: Progress) -> None:
    """Write everything into the file, and tell how many are done."""
    if form == "zip":
        _write_zip(file, source, tell)
    else:
        _WRITERS[form](file, _told(source, tell))


def name_of(form: Format, now: datetime) -> str:
    """Return what the file is called."""
    return f"todos-{now:%Y-%m-%d}.{form}"


def _told(source: Source, tell: Progress) -> Iterator[SeenTodo]:
    for number, todo in enumerate(source.each(), 1):
        yield todo
        tell(number)


def _row(todo: SeenTodo) -> dict[str, Any]:
    said = {name: getattr(todo, name) for name in ("title", "notes", "priority", "tags")}
    moments = {name: getattr(todo, name) for name in ("due_on", "done_at", "created_at", "updated_at")}
    return {
        "id": str(todo.id),
        **said,
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
        "owner": todo.owner.username,
        "assignees": [user.username for user in todo.assignees],
    }


@contextmanager
def _as_text(file: IO[bytes]) -> Iterator[TextIOWrapper]:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    yield text
    text.detach()  # closing it would close the file as well


def _write_csv(file: IO[bytes], todos: Iterator[SeenTodo]) -> None:
    file.write(b"\xef\xbb\xbf")  # by which a spreadsheet knows that it is UTF-8
    with _as_text(file) as text:
        # All in quotes: where a comma is the decimal point, tables are cut at semicolons, in the middle of a cell.
        table = csv.DictWriter(text, COLUMNS, quoting=csv.QUOTE_ALL)
        table.writeheader()
        for todo in todos:
            table.writerow({name: _cell(value) for name, value in _row(todo).items()})


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _write_json(file: IO[bytes], todos: Iterator[SeenTodo]) -> None:
    with _as_text(file) as text:
        text.write("[")
        for number, todo in enumerate(todos):
            text.write(",\n" if number else "\n")
            json.dump(_row(todo), text, ensure_ascii=False)
        text.write("\n]\n")


_WRITERS: dict[str, Callable[[IO[bytes], Iterator[SeenTodo]], None]] = {"csv": _write_csv, "json": _write_json}


def _write_zip(file: IO[bytes], source: Source, tell: Progress) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for form, writes in _WRITERS.items():
            with tempfile.TemporaryFile() as part:
                writes(part, source.each())
                part.seek(0)
                _put(archive, f"todos.{form}", part)
        for todo in _told(source, tell):
            for kept in source.files.find_all([one.file_id for one in todo.files]):
                with source.files.open(kept) as content:
                    _put(archive, _place_of(todo, kept), content)


def _place_of(todo: SeenTodo, kept: "Kept") -> str:
    # By ids: two may have one name, and no name leads out of the folder. In folders: a name may fill all that a disk
    # takes for one.
    return f"attachments/{todo.id}/{kept.id}/{kept.name.replace('/', '_')}"


def _put(archive: zipfile.ZipFile, name: str, content: IO[bytes]) -> None:
    with archive.open(name, "w", force_zip64=True) as member:
        while chunk := content.read(_CHUNK):
            member.write(chunk)
