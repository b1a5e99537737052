"""Rules about what others reach, and how they are reached."""

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from carboy.settings import urls
from carboy.settings.ruling import rule

if TYPE_CHECKING:
    from carboy.settings import Settings

_ADDRESSES = ("api", "problems", "health", "livez", "readyz", "metrics", "socket.io")


@rule(
    "settings.debug",
    "debug",
    remedy="Take FLASK_DEBUG away.",
)
def _no_debugger(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """The debugger is off."""
    if settings.debug:
        yield "must be off: the debugger runs any code that a visitor sends"


@rule(
    "settings.reload",
    "gunicorn_reload",
    remedy="Take GUNICORN_RELOAD away, and start anew after a release.",
)
def _no_reload(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """gunicorn does not watch the code."""
    if settings.gunicorn_reload:
        yield "must be off: a half-copied release would be served"


@rule(
    "metrics.token",
    "metrics_token",
    remedy="Set METRICS_TOKEN to one of those that `flask secrets` prints.",
    everywhere=True,
)
def _metrics_cannot_be_guessed(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Nobody can guess METRICS_TOKEN."""
    token = settings.metrics_token.get_secret_value()
    if token and not re.fullmatch(r"[!-~]{16,}", token):
        yield "must have 16 characters at the least, of ASCII and without spaces. `flask secrets` prints good ones"


@rule(
    "metrics.open",
    "metrics_token",
    "metrics_host",
    "metrics_port",
    remedy="Set METRICS_TOKEN, or METRICS_HOST=127.0.0.1.",
    everywhere=True,
)
def _metrics_are_not_for_everybody(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Metrics are for those who know METRICS_TOKEN, or for this machine."""
    is_open = settings.metrics_port and settings.metrics_host not in ("127.0.0.1", "localhost", "::1")
    if is_open and not settings.metrics_token.get_secret_value():
        yield "must be set, since METRICS_HOST is an address that others can reach"


@rule(
    "mail.server",
    "mail_url",
    remedy="Set MAIL_URL=smtp://user:password@host:587.",
)
def _mails_are_sent(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Mails reach people, and nobody reads them on the way to the mail server."""
    if settings.mail_url in ("mailbox", "console"):
        yield "must lead to a mail server, or to a folder: nobody would get what is only shown to developers"
    if (settings.mail_url or "").startswith("smtp") and urls.mail_server(settings.mail_url or "").is_overheard:
        yield "can have ?tls=no only for this very machine: others on the way could read the mails"


@rule(
    "web.static-folder",
    "static_dir",
    "template_dir",
    everywhere=True,
    remedy="Name the folder of the built scripts, styles and images alone.",
)
def _nothing_but_built_files(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """FLASK_STATIC_DIR holds built files and nothing else."""
    folder = settings.static_dir
    if folder is None:
        return
    if settings.root.resolve().is_relative_to(folder.resolve()):
        yield "holds the whole project: its keys and its database could be fetched"
    elif settings.template_dir and settings.template_dir.resolve().is_relative_to(folder.resolve()):
        yield "holds the templates, whose sources could be fetched. Name the folder of the built files, as dist/assets"
    if folder.name in _ADDRESSES:
        yield "is named like an address of the application, which nobody could reach any more. Rename it"


@rule(
    "web.cors-origins",
    "cors_origins",
    remedy="Name each origin in CORS_ORIGINS.",
)
def _readers_are_named(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Sites whose scripts may read are named."""
    yield from _anybody(settings.cors_origins)


@rule(
    "web.csrf-origins",
    "csrf_trusted_origins",
    remedy="Name each origin in CSRF_TRUSTED_ORIGINS.",
)
def _senders_are_named(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Sites whose forms are taken are named."""
    yield from _anybody(settings.csrf_trusted_origins)


def _anybody(origins: Collection[str]) -> Iterator[str]:
    if {"*", "null"} & set(origins):
        yield "must name every origin: * and null are anybody"


@rule(
    "web.trusted-hosts",
    "trusted_hosts",
    remedy="Set TRUSTED_HOSTS to the names that visitors use.",
)
def _hosts_are_named(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    """Host names that are answered are named."""
    if "trusted_hosts" not in given or not settings.trusted_hosts:
        yield "must be set: the host names that visitors use. Any other Host header is refused"


@rule(
    "web.public-address",
    "app_base_url",
    remedy="Set APP_BASE_URL to the address that visitors use, which begins with https:// and ends after the host.",
)
def _public_address(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    """The address of visitors is known, and nobody can listen on the way."""
    url = urlsplit(settings.app_base_url)
    if "app_base_url" not in given:
        yield "must be set: links in mails begin with it"
        return
    if url.scheme != "https":
        yield "must begin with https://: over plain http cookies and passwords can be read on the way"
    if url.path or url.query or url.fragment:
        yield "must end after the host: a path belongs in SCRIPT_NAME"


@rule(
    "web.public-address-refused",
    "app_base_url",
    "trusted_hosts",
    remedy="Add that host to TRUSTED_HOSTS.",
)
def _public_address_is_trusted(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    """The host of APP_BASE_URL is answered."""
    host = re.sub(r":[0-9]+$", "", urlsplit(settings.app_base_url).netloc)
    if {"app_base_url", "trusted_hosts"} <= set(given) and not _covers(settings.trusted_hosts, host):
        yield "must lead to a host of TRUSTED_HOSTS: its own visitors would be refused"


def _covers(trusted: Collection[str], host: str) -> bool:
    return any(host == name or (name.startswith(".") and f".{host}".endswith(name)) for name in trusted)


@rule(
    "web.drain-too-long",
    "gunicorn_drain_seconds",
    "gunicorn_graceful_timeout",
    everywhere=True,
    remedy="Lower GUNICORN_DRAIN_SECONDS, or raise GUNICORN_GRACEFUL_TIMEOUT.",
)
def _draining_ends(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """A server that stops is done with taking requests before its patience ends."""
    if settings.gunicorn_drain_seconds >= settings.gunicorn_graceful_timeout:
        yield "must be less than GUNICORN_GRACEFUL_TIMEOUT: workers would be killed while they still take requests"
