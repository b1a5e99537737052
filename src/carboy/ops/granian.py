"""Serving by granian, for nodes that answer the API and hold no sockets: as some of gunicorn's settings say."""

import os
import signal
import sys
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from carboy import settings as settings_room
from carboy.ops import metrics, ports
from carboy.web.onion import Environ, StartResponse, Wsgi

if TYPE_CHECKING:
    from carboy.settings import Settings

# How granian calls them. It knows no others.
_NAMES = {
    "gunicorn_host": "address",
    "gunicorn_port": "port",
    "gunicorn_workers": "workers",
    "gunicorn_threads": "blocking_threads",
    "gunicorn_graceful_timeout": "workers_kill_timeout",
}
# What each request says itself.
_OF_REQUESTS = {
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "REMOTE_ADDR",
}


def without_effect(settings: "Settings") -> list[str]:
    """Name what somebody has set, and what changes nothing here."""
    known = {*_NAMES, "gunicorn_app"}
    unknown = [name for name in type(settings).model_fields if name.startswith("gunicorn_") and name not in known]
    return [name.upper() for name in unknown if name in settings.model_fields_set]


def serve_until_told(settings: "Settings", import_name: str) -> None:
    """Serve until a signal comes; then finish what is under way."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from carboy.ops.metrics import port

    # The workers share a port with whoever has it already, and each would get some of the requests.
    ports.opened("GUNICORN_PORT", settings.gunicorn_host, settings.gunicorn_port).close()
    if settings.metrics_port:
        port.listen(settings).close()
    target = settings.gunicorn_app or f"{import_name}:create_app()"
    sys.path.insert(0, str(settings.root))
    Granian(
        target,  # as the list of processes shows it
        interface=Interfaces.WSGI,
        websockets=False,
        respawn_failed_workers=True,  # else one that dies would end the others
        log_access=False,  # each request has its line already
        log_level=LogLevels(settings.log_level.lower()),
        log_dictconfig=_into_our_own_log(),
        **{name: getattr(settings, ours) for ours, name in _NAMES.items()},
    ).serve(target_loader=partial(_application, target, metrics.folder_of_workers(settings)), wrap_loader=False)


def _application(target: str, folder: str | None) -> Wsgi:
    """Make what is served, in each worker."""
    # The handlers of the parent would only note here that it should stop, and the server would wait for it in vain.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    from werkzeug.utils import import_string

    if folder is not None:
        from carboy.ops.metrics import sharing

        sharing.sit(folder)
    found = import_string(target.removesuffix("()"))
    app = found() if target.endswith("()") else found
    if folder is not None:
        _tell_metrics(app)
    return _without_the_environment(app)


def _tell_metrics(app: Any) -> None:
    room = getattr(app, "extensions", {}).get("carboy.metrics")
    if room is None:  # something else is served
        return
    from carboy.ops.metrics import port

    room.keep_looking()
    settings = settings_room.of(app)
    if settings.metrics_port:
        port.serve(room.registry, settings, port.listen(settings, shared=True))


def _without_the_environment(application: Wsgi) -> Wsgi:
    """Take out what granian adds to each request: all variables of the process, its keys among them.

    It copies them next. A header may be called like a variable (HTTP_PROXY): what says something else stays.
    """
    added = [(name, said) for name, said in os.environ.items() if name not in _OF_REQUESTS]

    def served(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        for name, said in added:
            if environ.get(name) == said:
                del environ[name]
        return application(environ, start_response)

    return served


def _into_our_own_log() -> dict[str, Any]:
    # As with gunicorn: it would put a handler of its own beside ours.
    loggers = {"_granian": {"propagate": True}}
    return {"version": 1, "incremental": True, "formatters": {}, "handlers": {}, "loggers": loggers}
