"""What `gunicorn.conf.py` takes from the settings: `globals().update(configuration(settings))`."""

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from carboy.ops import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from carboy.settings import Settings


_TO_STOP = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})


def load_or_exit(load: "Callable[[], Settings]") -> "Settings":
    """Load the settings; when they are wrong say so and exit with 78.

    Here, before any worker is forked: an exception in a worker would have it respawned for ever.
    """
    from carboy.errors import SettingsError

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
        "wsgi_app": settings.gunicorn_app or "starter:create_app()",
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
        "post_fork": post_fork,
        "post_worker_init": post_worker_init,
    }


def post_fork(server: Any, worker: Any) -> None:
    """Keep what a new worker was told before it can listen.

    It still has the handlers of its parent then, which put signals into a queue that nobody empties here: told to stop
    in that moment it would go on, and hold the whole server up until it is killed.
    """
    worker.told_too_early = server.SIG_QUEUE


def post_worker_init(worker: Any) -> None:
    """Stop at once, if that is what it was told."""
    if not _TO_STOP.isdisjoint(_all_in(worker.told_too_early)):
        worker.alive = False


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
