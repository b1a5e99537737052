"""How an application is put together: the page to read first.

`create_app` reads from top to bottom as what a request meets, outermost first. It opens no connection and starts
no thread; what belongs to the application is in `app.extensions`, one entry per room, and nothing is global.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from flask import Flask

from carboy import data, jobs, mail
from carboy import settings as settings_room
from carboy.errors import SettingsError
from carboy.ops import access_log, backup, draining, health, info, logs, mailbox, metrics
from carboy.settings import Settings
from carboy.web import (
    assets,
    bodies,
    collecting,
    cookies,
    cors,
    csrf,
    doors,
    endpoints,
    errors,
    forms,
    headers,
    hooks,
    hosts,
    idempotency,
    json_provider,
    keys,
    media,
    moments,
    mount,
    proxy,
    request_id,
    spa,
    throttle,
    versions,
)
from carboy.web.onion import wrap
from carboy.web.versions import ApiVersion


def create_app(
    import_name: str,
    settings: Settings | None = None,
    *,
    settings_class: type[Settings] = Settings,
    features: Sequence[str] = (),
    extensions: Iterable[Any] = (),
    apis: Sequence[ApiVersion] = versions.FIRST,
) -> Flask:
    """Make one Flask application: settings in, a WSGI callable out. Call it as often as you like.

    Without `settings`, those of `settings_class` are loaded for the folder that the application's package lies in.
    `features` are names of modules with a `register(app, api)`; `extensions` are Flask extensions with `init_app`;
    `apis` are the versions of the API, the one that features register on first.
    """
    app = Flask(import_name)
    app.extensions["carboy.features"] = tuple(features)
    settings = settings_room.adopt(app, settings or _load(settings_class, Path(app.root_path).parent))
    app.config.from_mapping(settings.flask_config())
    logs.configure(settings)
    metrics.init_app(app)  # counts, if somebody wants to know

    _below_flask(app, settings)
    _inside_flask(app, import_name, apis)
    _beside_requests(app)
    for extension in extensions:
        extension.init_app(app)
    versions.mount(app, features, rooms=["carboy.web.openapi", "carboy.ops.jobs"])
    if settings.deployed:
        endpoints.compile_all(app)  # a contract that is wrong stops a release, and not a request
    return app


def _below_flask(app: Flask, settings: Settings) -> None:
    """Lay around Flask what every request meets, even one that matches no route; outermost first."""
    wrap(
        app,
        request_id.named(),  # gives the request its name
        mount.under(settings.script_name),  # lives under a sub-path of the host
        proxy.behind(settings.proxy_fix),  # believes as many proxies as it is told to
        health.probes(app),  # answers the supervisor, whatever host it calls
        metrics.page(app),  # answers Prometheus, whatever host it calls
        draining.counted(app),  # is waited for by a server that stops
        access_log.timed(app, metrics.metrics_of(app)),  # writes its line, and counts
    )


def _inside_flask(app: Flask, import_name: str, apis: Sequence[ApiVersion]) -> None:
    """Hang up the hooks that a request passes, outermost first; the transaction is the innermost."""
    hooks.init_app(app)
    access_log.init_app(app)
    hosts.init_app(app)  # refuses host names that are not ours
    mount.init_app(app)
    cors.init_app(app)  # lets other sites' scripts in, if they are named
    versions.init_app(app, apis)  # says which part of the API is an old one
    bodies.init_app(app)  # takes bodies whole, or not at all
    headers.init_app(app)  # tells the browser what it must not do
    cookies.init_app(app)
    assets.init_app(app)  # sends static files so that they are asked for once
    errors.init_app(app)  # answers what goes wrong
    spa.init_app(app)  # answers page addresses for an application built elsewhere
    throttle.init_app(app)  # counts who asks too often
    keys.init_app(app)  # knows machines by their key
    doors.init_app(app)  # lets in who is known, and others where a view says so
    json_provider.init_app(app)
    media.init_app(app)  # takes nothing but JSON on the API
    csrf.init_app(app)  # believes no form that another site sent
    moments.init_app(app)
    forms.init_app(app)  # shows one again that cannot be taken
    endpoints.init_app(app)  # judges what comes by the view's contract
    data.init_app(app)  # one transaction per request
    jobs.init_app(app, factory=_factory_in(import_name))  # what a request wants done later, kept in its transaction
    mail.init_app(app)  # what it wants said to people: such a job
    idempotency.init_app(app)


def _beside_requests(app: Flask) -> None:
    """Give what is there for whoever runs the application: its commands, and what it tells of itself."""
    health.init_app(app)
    info.init_app(app)
    backup.init_app(app)  # `flask backup`, `flask restore`
    collecting.init_app(app)  # lays static files out for a web server in front
    mailbox.init_app(app)  # in development


def _factory_in(import_name: str) -> str:
    """Return where a job in a process of its own has this application made anew, if that is known."""
    found = getattr(sys.modules.get(import_name), "create_app", None)
    is_theirs = callable(found) and found is not create_app and import_name != "__main__"
    return f"{import_name}:create_app" if is_theirs else ""


def _load(settings_class: type[Settings], root: Path) -> Settings:
    try:
        return settings_class.load(root=root)
    except SettingsError as error:
        # On the command line, what is wrong is an answer and not a crash.
        if click.get_current_context(silent=True) is None:
            raise
        click.echo(error, err=True)
        raise SystemExit(error.exit_code) from error
