"""One name for one request, in its answer, in every log line, and later in the jobs and mails that it asks for."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from carboy import context
from carboy.web.onion import Environ, Layer, StartResponse, Wsgi

HEADER = "X-Request-ID"

# What a proxy may hand on. Anything else would let a visitor write into our logs.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,127}")


def named() -> Layer:
    """Give every request its id: the one that it brings, if that is well-formed, or a fresh one."""

    def layer(application: Wsgi) -> Wsgi:
        def with_id(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            identifier = _choose(environ.get("HTTP_X_REQUEST_ID", ""))

            def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
                return start_response(status, [*headers, (HEADER, identifier)], *error)

            with context.working_for(identifier):
                return application(environ, start)

        return with_id

    return layer


def _choose(brought: str) -> str:
    return brought if _WELL_FORMED.fullmatch(brought) else uuid.uuid4().hex
