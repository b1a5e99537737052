"""Files that a client sends: the one kind of body on an API that is not JSON.

A file is what its declared type, its ending and its first bytes say together. A view names what it takes:

    picture: Annotated[Upload, File(types=("image/png", "image/jpeg"), max_bytes=5_000_000)]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, Self

from flask import Request
from werkzeug.datastructures import FileStorage

from carboy.errors import SetupError, Violation
from carboy.web.endpoints.places import File

_ENVELOPE = 64 * 1024  # what multipart adds around the files: boundaries, headers, small fields
_LOOK_AT = 512
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Kind:
    """How one type of file can be told: its endings, and how its bytes begin."""

    endings: tuple[str, ...]
    begins: tuple[bytes, ...] = ()


KINDS: Mapping[str, Kind] = {
    "image/png": Kind((".png",), (b"\x89PNG\r\n\x1a\n",)),
    "image/jpeg": Kind((".jpg", ".jpeg"), (b"\xff\xd8\xff",)),
    "image/gif": Kind((".gif",), (b"GIF87a", b"GIF89a")),
    "image/webp": Kind((".webp",), (b"RIFF",)),
    "application/pdf": Kind((".pdf",), (b"%PDF-",)),
    "application/zip": Kind((".zip",), (b"PK\x03\x04", b"PK\x05\x06")),
    "text/csv": Kind((".csv",)),
    "text/plain": Kind((".txt", ".md", ".log")),
}


@dataclass(frozen=True)
class Upload:
    """A file that was checked at the door. Its name is the client's word: show it, never open it."""

    filename: str
    media_type: str
    stream: IO[bytes]

    @property
    def ending(self) -> str:
        """The ending of its type, to store it under a name of your own: `f"{uuid7()}{picture.ending}"`."""
        return KINDS[self.media_type].endings[0]


class Uploads:
    """The files that a view takes."""

    def __init__(self, files: Mapping[str, File], *, called: str) -> None:
        self.files = files
        for name, file in files.items():
            if unknown := set(file.types) - KINDS.keys():
                raise SetupError(f"{called}: {name} takes {min(unknown)}. Take some of {', '.join(KINDS)}.")

    @classmethod
    def of(cls, marks: Mapping[str, Any], *, called: str) -> Self:
        """Gather the rules of each file; a file without rules is a hole that nobody meant."""
        for name, mark in marks.items():
            if not isinstance(mark, File):
                raise SetupError(f"{called}: say what {name} may be: Annotated[Upload, File(types=(…), max_bytes=…)].")
        return cls(marks, called=called)

    def limit(self, request: Request) -> None:
        """Let the body be as large as these files may be together, where all of them say."""
        sizes = [file.max_bytes for file in self.files.values()]
        if None not in sizes:
            request.max_content_length = sum(size for size in sizes if size) + _ENVELOPE

    def take(self, request: Request) -> tuple[dict[str, Upload], list[Violation]]:
        """Return the files, and what is wrong with them."""
        taken: dict[str, Upload] = {}
        wrong = [
            Violation("form", name, "additionalProperties", "No such file is expected.")
            for name in self._strange(request)
        ]
        for name, rules in self.files.items():
            if fault := _fault(request.files.getlist(name), rules):
                wrong.append(Violation("form", name, *fault))
            else:
                taken[name] = _upload(request.files[name])
        return taken, wrong

    def _strange(self, request: Request) -> Sequence[str]:
        return [name for name in request.files if name not in self.files]


def _upload(file: FileStorage) -> Upload:
    return Upload(file.filename or "", file.mimetype, file.stream)


def _fault(files: Sequence[FileStorage], rules: File) -> tuple[str, str] | None:
    """Return the keyword that is broken and a sentence, if one is."""
    if not files or not files[0].filename:
        return "required", "A file is needed."
    if len(files) > 1:
        return "maxItems", "One file, not more."
    (file,) = files
    if file.mimetype not in rules.types:
        return "contentMediaType", f"Must be one of {', '.join(rules.types)}."
    agrees = _is_what_it_says(file)
    file.stream.seek(0)
    if not agrees:
        return "contentMediaType", "The file's name or content is not of the type that it is said to be."
    if rules.max_bytes is not None and _size(file) > rules.max_bytes:
        return "maxLength", f"At most {rules.max_bytes} bytes."
    return None


def _is_what_it_says(file: FileStorage) -> bool:
    kind = KINDS[file.mimetype]
    begin = file.stream.read(_LOOK_AT)
    if PurePosixPath((file.filename or "").lower()).suffix not in kind.endings or "\0" in (file.filename or ""):
        return False
    if file.mimetype == "image/webp" and begin[8:12] != b"WEBP":
        return False
    return begin.startswith(kind.begins) if kind.begins else not _holds_nul(file)


def _holds_nul(file: FileStorage) -> bool:
    file.stream.seek(0)
    return any(b"\0" in chunk for chunk in iter(lambda: file.stream.read(_CHUNK), b""))


def _size(file: FileStorage) -> int:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size
