"""What `gunicorn.conf.py` takes from the settings: `globals().update(configuration(settings))`."""

import gc
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from mmap import mmap
from typing import TYPE_CHECKING, Any

from carboy.errors import SettingsError, SetupError
from carboy.ops import logs, metrics
from carboy.ops.draining import Leaving

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from carboy.ops.draining import Draining
    from carboy.settings import Settings


_LEFT_FOR_GUNICORN = 2.0  # seconds of its patience, for what it does itself
# Imported when they are needed, so that commands are quick. Every worker needs them some day, and what is read before
# the fork is there once, not in each.
_SHARED = ("argon2", "jsonschema_rs", "jwt", "structlog", "zxcvbn.matching")
_TO_STOP = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})


def load_or_exit(load: "Callable[[], Settings]") -> "Settings":
    """Load the settings; when they are wrong say so and exit with 78.

    Here, before any worker is forked: an exception in a worker would have it respawned for ever.
    """
    try:
        return load()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201  (no log is set up yet)
        raise SystemExit(error.exit_code) from None


def configuration(settings: "Settings") -> dict[str, Any]:
    """Return gunicorn's own settings for these of ours."""
    _take_the_prefix_from_gunicorn()
    logs.configure(settings)
    return {
        "wsgi_app": settings.gunicorn_app or "wsgi:create_app()",  # a file of every project, however that is called
        "bind": [f"{settings.gunicorn_host}:{settings.gunicorn_port}"],
        "worker_class": "gthread",
        "workers": settings.gunicorn_workers,
        "threads": settings.gunicorn_threads,
        "timeout": settings.gunicorn_timeout,
        "graceful_timeout": settings.gunicorn_graceful_timeout,
        "proc_name": settings.gunicorn_proc_name,
        "reload": settings.gunicorn_reload,
        "daemon": settings.gunicorn_daemon,
        # The application opens nothing when it is made, so it can be made once and forked.
        "preload_app": not settings.gunicorn_reload,
        # Two instances of one user would otherwise take each other's control socket.
        "control_socket_disable": True,
        # No header may choose SCRIPT_NAME or the scheme; PROXY_FIX says which proxies are believed.
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "errorlog": None,
        "logconfig_dict": _into_our_own_log(settings.log_level),
        "on_starting": _knowing(on_starting, settings=settings),
        "on_reload": on_reload,
        "post_fork": _knowing(post_fork, folder=metrics.folder_of_workers(settings)),
        "post_worker_init": _knowing(post_worker_init, drain_seconds=settings.gunicorn_drain_seconds),
    }


def _knowing(hook: "Callable[..., object]", **known: object) -> "Callable[..., object]":
    """Return this hook with what it has to know; with a name, for `gunicorn --print-config` asks for that."""
    ours = partial(hook, **known)
    ours.__qualname__ = hook.__qualname__  # type: ignore[attr-defined]
    return ours


@dataclass(frozen=True, slots=True)
class _Ours:
    """What the master has for its workers: each gets it when it is forked, as its own `carboy`."""

    tell_metrics: "Callable[[CollectorRegistry], object] | None"
    stopping: mmap = field(default_factory=partial(mmap, -1, 1))  # a byte that all share: 1 when the server stops
    told_too_early: Any = ()

    def is_stopping(self) -> bool:
        return self.stopping[0] == 1


def on_starting(server: Any, *, settings: "Settings") -> None:
    """Refuse to start where that would be dangerous, and have all processes know when the server stops."""
    from carboy.ops.checks.starting import refuse_fatal

    refuse_fatal(settings, server.app.wsgi)
    if _is_of_gevent(server):
        _leave_it_to_the_workers(server)
    elif server.cfg.preload_app:
        _make_what_is_shared()
    server.carboy = ours = _Ours(_metrics_on_a_port(settings) if settings.metrics_port else None)
    stop = server.stop

    def stop_saying_so(*how: Any, **more: Any) -> None:
        ours.stopping[0] = 1
        stop(*how, **more)

    server.stop = stop_saying_so


def _is_of_gevent(server: Any) -> bool:
    return "gevent" in server.cfg.worker_class_str


def on_reload(server: Any) -> None:
    """Do once more what was done before the first fork: the main process has made the application again."""
    if _is_of_gevent(server):
        _leave_it_to_the_workers(server)


def _leave_it_to_the_workers(server: Any) -> None:
    """Have each worker make its own application: in gevent's, a lock from before it is changed would stop all of it."""
    server.app.callable = None


def _make_what_is_shared() -> None:
    """Read what all workers need, and have no collector of theirs touch it: a page that is written to is a copy."""
    for name in _SHARED:
        with suppress(ImportError):  # of an extra that is not installed
            import_module(name)
    gc.collect()
    gc.freeze()


def _metrics_on_a_port(settings: "Settings") -> "Callable[[CollectorRegistry], object]":
    from carboy.ops.metrics import port

    try:
        return partial(port.serve, settings=settings, listening=port.listen(settings))
    except SetupError as error:
        print(error, file=sys.stderr)  # noqa: T201  (as wrong settings are told)
        raise SystemExit(SettingsError.exit_code) from None


def post_fork(server: Any, worker: Any, *, folder: str | None = None) -> None:
    """Keep what a new worker was told before it can listen.

    It still has the handlers of its parent then, which put signals into a queue that nobody empties here: told to stop
    in that moment it would go on, and hold the whole server up until it is killed.
    """
    worker.carboy = replace(server.carboy, told_too_early=server.SIG_QUEUE)
    if folder is not None:
        from carboy.ops.metrics import sharing

        sharing.sit(folder)


def post_worker_init(worker: Any, *, drain_seconds: float = 0) -> None:
    """Begin what needs threads; stop at once, if that is what it was told, else leave in peace when it is."""
    ours: _Ours = worker.carboy
    rooms = getattr(worker.wsgi, "extensions", {})
    if (room := rooms.get("carboy.metrics")) is not None:
        room.keep_looking()
        if ours.tell_metrics is not None:
            ours.tell_metrics(room.registry)
    if not _TO_STOP.isdisjoint(_all_in(ours.told_too_early)):
        worker.alive = False
    draining: Draining | None = rooms.get("carboy.draining")
    if draining is not None:
        draining.is_leaving = ours.is_stopping
        most = max(drain_seconds, worker.cfg.graceful_timeout - _LEFT_FOR_GUNICORN)
        leaving = Leaving(worker, draining, ours.is_stopping, least=drain_seconds, most=most)
        signal.signal(signal.SIGTERM, leaving.told)


def _all_in(queue: Any) -> list[int]:
    if isinstance(queue, list):  # of a gunicorn before 24
        return queue
    return [queue.get_nowait() for _ in range(queue.qsize())]


def _take_the_prefix_from_gunicorn() -> None:
    # gunicorn reads SCRIPT_NAME itself and answers every path without the prefix with an error of its own.
    if prefix := os.environ.pop("SCRIPT_NAME", None):
        os.environ["MOUNT_PATH"] = prefix


def _into_our_own_log(level: str) -> dict[str, Any]:
    # gunicorn would put a handler of its own on the root logger, and every line would come twice, once unescaped.
    return {
        "version": 1,
        "incremental": True,
        "formatters": {},
        "filters": {},
        "handlers": {},
        "root": {"level": level},
        "loggers": {"gunicorn.error": {"level": level, "propagate": True}},
    }
