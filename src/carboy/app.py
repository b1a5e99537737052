"""How an application is put together: the page to read first.

`create_app` reads from top to bottom as what a request meets, outermost first. It opens no connection and starts
no thread; what belongs to the application is in `app.extensions`, one entry per room, and nothing is global.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from flask import Blueprint, Flask

from carboy import data
from carboy import settings as settings_room
from carboy.errors import SettingsError
from carboy.ops import access_log, health, info, logs
from carboy.settings import Settings
from carboy.web import bodies, cookies, errors, headers, hosts, mount, proxy, request_id, spa
from carboy.web.onion import wrap


def create_app(
    import_name: str,
    settings: Settings | None = None,
    *,
    settings_class: type[Settings] = Settings,
    features: Sequence[str] = (),
    extensions: Iterable[Any] = (),
) -> Flask:
    """Make one Flask application: settings in, a WSGI callable out. Call it as often as you like.

    Without `settings`, those of `settings_class` are loaded for the folder that the application's package lies in.
    `features` are names of modules with a `register(app, api)`; `extensions` are Flask extensions with `init_app`.
    """
    app = Flask(import_name)
    settings = settings_room.adopt(app, settings or _load(settings_class, Path(app.root_path).parent))
    app.config.from_mapping(settings.flask_config())
    logs.configure(settings)

    # Below Flask: what every request meets, even one that matches no route.
    wrap(
        app,
        request_id.named(),  # gives the request its name
        mount.under(settings.script_name),  # lives under a sub-path of the host
        proxy.behind(settings.proxy_fix),  # believes as many proxies as it is told to
        health.probes(app),  # answers the supervisor, whatever host it calls
        access_log.timed(app),  # writes its line
    )
    # Inside Flask: hooks, outermost first; the transaction is the innermost.
    access_log.init_app(app)
    hosts.init_app(app)  # refuses host names that are not ours
    mount.init_app(app)
    bodies.init_app(app)  # takes bodies whole, or not at all
    headers.init_app(app)  # tells the browser what it must not do
    cookies.init_app(app)
    errors.init_app(app)  # answers what goes wrong
    spa.init_app(app)  # answers page addresses for an application built elsewhere
    data.init_app(app)  # one transaction per request

    health.init_app(app)
    info.init_app(app)
    for extension in extensions:
        extension.init_app(app)
    _register_features(app, features)
    return app


def _load(settings_class: type[Settings], root: Path) -> Settings:
    try:
        return settings_class.load(root=root)
    except SettingsError as error:
        # On the command line, what is wrong is an answer and not a crash.
        if click.get_current_context(silent=True) is None:
            raise
        click.echo(error, err=True)
        raise SystemExit(error.exit_code) from None


def _register_features(app: Flask, features: Iterable[str]) -> None:
    # A blueprint takes no routes once it is registered: the API is mounted when every feature has had its turn.
    api = Blueprint("api_v1", app.import_name, url_prefix="/api/v1")
    for feature in features:
        import_module(feature).register(app, api)
    app.register_blueprint(api)
