"""What every answer says to browsers and caches, whatever its status and whoever asked."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from carboy.testing.security.known import Known
from carboy.testing.security.walking import TROUBLE, UNTOLD, Walk, no_route_at_fault

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

_TROUBLE = (0, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)  # 0: a view that breaks
_REFERRERS = frozenset({"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"})


class AnswerLaws(Known):
    """Laws about headers and caches."""

    def test_every_kind_of_answer_carries_the_headers_that_protect(self, walk: Walk) -> None:
        """Pages, files, refusals and errors, to strangers."""
        no_route_at_fault(
            (f"{said}: {fault}" for said, answer in _every_kind(walk) for fault in _unprotected(answer)),
            advice="Leave these headers as they are, or set them to something as strict:",
        )

    def test_what_a_signed_in_user_sees_carries_the_headers_that_protect(self, walk: Walk) -> None:
        """Every route that can be looked at without knowing an id."""
        no_route_at_fault(
            (f"{said}: {fault}" for said, answer in _seen_by_users(walk) for fault in _unprotected(answer)),
            advice="Leave these headers as they are, or set them to something as strict:",
        )

    def test_what_a_signed_in_user_sees_is_kept_by_no_cache(self, walk: Walk) -> None:
        """But their own, where it asks each time whether that still holds."""
        no_route_at_fault(
            (
                f"{said}: Cache-Control is {answer.headers.get('Cache-Control')!r}"
                for said, answer in _seen_by_users(walk)
                if not _is_kept_by_nobody(answer)
            ),
            advice="What one user sees is no-store, or private and no-cache with an ETag:",
        )

    def test_what_gives_a_cookie_is_kept_by_no_cache(self, walk: Walk) -> None:
        """Else the next visitor would be given it too."""
        strangers = ((f"GET {door}", walk.stranger().ask("GET", door.path())) for door in walk.doors() if door.is_read)

        no_route_at_fault(
            (
                f"{said}: Cache-Control is {answer.headers.get('Cache-Control')!r}"
                for said, answer in strangers
                if "Set-Cookie" in answer.headers and not answer.cache_control.no_store
            ),
            advice="An answer that sets a cookie is no-store:",
        )

    def test_caches_are_told_where_a_cookie_matters(self, walk: Walk) -> None:
        """On every page that looks at who asks."""
        no_route_at_fault(
            (
                f"{said}: Vary is {answer.headers.get('Vary')!r}"
                for said, answer in _seen_by_users(walk, pages_only=True)
                if "Cookie" not in answer.vary and not answer.cache_control.no_store
            ),
            advice="A page that differs by who asks says Vary: Cookie:",
        )

    def test_no_error_tells_what_only_the_log_may_say(self, walk: Walk) -> None:
        """Neither the error nor where in the code it came about."""
        prefixes = walk.families()
        answers = [walk.stranger().ask("GET", f"{prefix}{TROUBLE}/0") for prefix in prefixes]

        no_route_at_fault(
            (
                f"GET {answer.request.path}: shows it"
                for answer in answers
                if UNTOLD in answer.text or "Traceback" in answer.text
            ),
            advice="An error that nobody foresaw is told to the log, and its request id to the visitor:",
        )


def _every_kind(walk: Walk) -> Iterator[tuple[str, "TestResponse"]]:
    prefixes, stranger = walk.families(), walk.stranger()
    for door in walk.doors():
        if door.is_read:
            yield f"GET {door}", stranger.ask("GET", door.path())
    for prefix in prefixes:
        for status in _TROUBLE:
            yield f"{prefix} {status or 'a view that breaks'}", stranger.ask("GET", f"{prefix}{TROUBLE}/{status}")
        yield f"{prefix} nothing there", stranger.ask("GET", f"{prefix}/nothing-is-here")
        yield f"{prefix} another method", stranger.ask("DELETE", f"{prefix}{TROUBLE}/404")
        yield f"{prefix} another host", stranger.ask("GET", f"{prefix}/", headers={"Host": "evil.example"})
    yield from ((f"a file: {path}", stranger.ask("GET", path)) for path in files(walk.app))


def files(app: "Flask") -> Iterator[str]:
    """Give the addresses of a file of the application, and of one that is not there."""
    from pathlib import Path

    folder = Path(app.static_folder or "")
    first = next((path for path in sorted(folder.rglob("*")) if path.is_file()), None) if app.static_folder else None
    if first:
        yield f"{app.static_url_path}/{first.relative_to(folder).as_posix()}"
        yield f"{app.static_url_path}/nothing-is-here"


def _seen_by_users(walk: Walk, *, pages_only: bool = False) -> Iterator[tuple[str, "TestResponse"]]:
    for door in walk.pages() if pages_only else walk.doors():
        if door.is_read:
            answer = walk.reader(door).ask("GET", door.path())
            # Asking for the health of the application, one is nobody: that is answered before anything is looked at.
            if door.endpoint != "carboy_health":
                yield f"GET {door}", answer


def _unprotected(answer: "TestResponse") -> Iterator[str]:
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        yield "X-Content-Type-Options is not nosniff"
    if answer.headers.get("Referrer-Policy") not in _REFERRERS:
        yield f"Referrer-Policy is {answer.headers.get('Referrer-Policy')!r}"
    policy = answer.headers.get("Content-Security-Policy", "")
    if not re.search(r"frame-ancestors 'none'\s*(;|$)", policy):
        yield "Content-Security-Policy lets others frame it: frame-ancestors 'none' is missing"
    yield from (f"Content-Security-Policy has {word}" for word in ("unsafe-inline", "unsafe-eval") if word in policy)


def _is_kept_by_nobody(answer: "TestResponse") -> bool:
    said = answer.cache_control
    return bool(said.no_store or (said.private and said.no_cache and "ETag" in answer.headers))
