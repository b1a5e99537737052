"""Log lines: JSON on stdout where machines read them, coloured text where a developer does.

Logging belongs to the process, not to an application: two applications in one process share what the last one
set up. The renderer (structlog) is imported with the first line that is written, not at start.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from carboy import context

if TYPE_CHECKING:
    from carboy.settings import Settings

ROTATE_AT_BYTES = 5_000_000
ROTATED_FILES = 5


def configure(settings: "Settings") -> None:
    """Send every log line of this process where the settings say, in the form that they say."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if getattr(handler, "of_carboy", False)]:
        root.removeHandler(old)
        old.close()
    as_json = settings.log_format == "json"
    root.addHandler(_ours(_Console(), as_json=as_json))
    if settings.log_file:
        from logging.handlers import RotatingFileHandler

        rotating = RotatingFileHandler(
            settings.log_file, maxBytes=ROTATE_AT_BYTES, backupCount=ROTATED_FILES, delay=True
        )
        root.addHandler(_ours(rotating, as_json=as_json))
    root.setLevel(settings.log_level)
    _silence_chatter()


def _ours(handler: logging.Handler, *, as_json: bool) -> logging.Handler:
    handler.of_carboy = True  # type: ignore[attr-defined]
    handler.setFormatter(_Rendered(as_json=as_json))
    return handler


# Commands that are servers. What any other command writes to stdout is its answer, and no place for a log.
_SERVERS = ("run", "dev", "serve", "worker", "scheduler")


class _Console(logging.StreamHandler[TextIO]):
    """Writes to stdout, as it is at the moment; for a command that gives an answer there, to stderr."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        command = click.get_current_context(silent=True)
        return sys.stdout if command is None or command.info_name in _SERVERS else sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        raise AttributeError("This handler chooses its stream itself.")


class _Rendered(logging.Formatter):
    """Lets structlog render the line."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._render: Callable[[logging.LogRecord], str] | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._render is None:
            self._render = _renderer(as_json=self._as_json)
        return self._render(record)


def _renderer(*, as_json: bool) -> Callable[[logging.LogRecord], str]:
    import structlog

    before: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.contextvars.merge_contextvars,
        _add_request_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        final += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    else:
        # Not structlog's own choice where rich is installed: that prints every local variable, a password too.
        plain = structlog.dev.plain_traceback
        final += [_disarm, structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    by_structlog = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=final).format
    return _short_cut(by_structlog, structlog.contextvars.get_contextvars) if as_json else by_structlog


# As Python makes them: what a factory adds is to be told.
_OF_EVERY_RECORD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__)


def _short_cut(
    by_structlog: Callable[[logging.LogRecord], str], bound: Callable[[], dict[str, Any]]
) -> Callable[[logging.LogRecord], str]:
    """Render what is most of a log, a plain message with its fields, as the chain would, in fewer calls."""
    to_json = json.JSONEncoder(default=str).encode

    def render(record: logging.LogRecord) -> str:
        if record.exc_info or record.stack_info or type(record.msg) is not str:
            return by_structlog(record)
        event = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        event |= {name: value for name, value in record.__dict__.items() if name not in _OF_EVERY_RECORD}
        event = _add_request_id(None, "", bound() | event)
        event["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return to_json(event)

    return render


def _add_request_id(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if identifier := context.request_id():
        event.setdefault("request_id", identifier)
    return event


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _disarm(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Show control characters instead of obeying them: what a visitor sent must not repaint the terminal."""
    for name, value in event.items():
        if isinstance(value, str) and name not in ("exception", "stack"):
            event[name] = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", value)
    return event


_WERKZEUG_ACCESS_LINE = re.compile(r" - - \[")


def _not_an_access_line(record: logging.LogRecord) -> bool:
    return not _WERKZEUG_ACCESS_LINE.search(str(record.msg))


_REQUEST_LINE = "%s %s"
_INVALID = re.compile(r"(Invalid request from ip=\S*): .*", re.DOTALL)


def _without_what_was_sent(record: logging.LogRecord) -> bool:
    """Take addresses and broken headers out of what gunicorn says: both may hold a token."""
    message = str(record.msg)
    if message == _REQUEST_LINE:  # at DEBUG, for every request
        return False
    if message.startswith("Error handling request"):
        record.msg, record.args = "Error handling request", ()
    record.msg = _INVALID.sub(r"\1", str(record.msg))
    return True


def _silence_chatter() -> None:
    gunicorn = logging.getLogger("gunicorn.error")
    if _without_what_was_sent not in gunicorn.filters:
        gunicorn.addFilter(_without_what_was_sent)
    # The development server writes a line of its own for every request; ours says more.
    werkzeug = logging.getLogger("werkzeug")
    if _not_an_access_line not in werkzeug.filters:
        werkzeug.addFilter(_not_an_access_line)
    # Alembic greets with a line for each of its parts, and a pool of connections takes leave with two.
    for chatterer in ("alembic.runtime.plugins", "carboy.data.engines"):
        logging.getLogger(chatterer).setLevel(logging.WARNING)
