"""Files that are not what they say: a page or a script that calls itself a picture is refused."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from carboy.testing.security.known import Known
from carboy.testing.security.routes import Door
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from carboy.web.endpoints.places import File

_HTML = b"<!doctype html><script>alert(1)</script>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
_JUDGED = frozenset({400, 413, 415, 422})


class _Sent(NamedTuple):
    """A file as a browser sends it."""

    content: bytes
    filename: str
    media_type: str

    def __str__(self) -> str:
        return f"{self.filename} as {self.media_type} with {self.content[:14]!r}"


class UploadLaws(Known):
    """Laws about uploads."""

    def test_a_file_that_is_not_what_it_says_is_refused(self, walk: Walk) -> None:
        """By its name, its declared type and its first bytes: all three agree."""
        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status} to {sent}"
                for door, name, file in _doors_for_files(walk)
                for method in door.unsafe_methods
                for sent in _disguised(file)
                for answer in [_uploaded(walk, door, method, {name: sent})]
                if not _is_refused(answer, name, door)
            ),
            advice="Take files as an Upload; name in File(types=…) only types that no browser runs. This was taken:",
        )


def _doors_for_files(walk: Walk) -> Iterator[tuple[Door, str, "File"]]:
    for door in walk.doors_within_reach():
        for name, file in (door.plan.uploads.files if door.plan and door.plan.uploads else {}).items():
            yield door, name, file


def _disguised(file: "File") -> Iterator[_Sent]:
    """Give scripts under every disguise that these types might let through."""
    from carboy.web.endpoints.uploads import KINDS

    yield from (_Sent(_HTML, "a.html", "text/html"), _Sent(_SVG, "a.svg", "image/svg+xml"))
    yield _Sent(b"alert(1)", "a.js", "text/javascript")
    for media_type in file.types:
        ending, begin = KINDS[media_type].endings[0], next(iter(KINDS[media_type].begins), b"")
        yield from (_Sent(begin + _HTML, f"a{other}", media_type) for other in (".html", ".svg", f"{ending}.html"))
        yield from (_Sent(begin + _HTML, f"a{ending}", other) for other in ("text/html", "image/svg+xml"))
        if begin:
            yield from (_Sent(content, f"a{ending}", media_type) for content in (_HTML, _SVG, b"\n" + begin))


def _uploaded(walk: Walk, door: Door, method: str, files: dict[str, _Sent]) -> "TestResponse":
    asker = walk.stranger() if door.is_open else walk.somebody(door)
    form = {name: (io.BytesIO(sent.content), sent.filename, sent.media_type) for name, sent in files.items()}
    token = {} if door.is_api else asker.form_token()
    return asker.ask(method, door.path(), data={**form, **token}, content_type="multipart/form-data")


def _is_refused(answer: "TestResponse", name: str, door: Door) -> bool:
    """Whether the file was judged and found wrong: an API says which part of a form was."""
    told = answer.json.get("errors") if door.is_api and answer.status_code == 422 and answer.json else None
    return answer.status_code in _JUDGED and (told is None or any(name in str(fault) for fault in told))
