"""The mails of a Flask application: `mail().send(mail().render("mails/invitation", to=…))`."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import current_app

from carboy import settings as settings_room
from carboy.errors import SetupError
from carboy.jobs.flask import jobs_of
from carboy.mail.choosing import transport_of
from carboy.mail.room import Mail
from carboy.mail.templates import Templates

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Let this application send mails. Connects to nothing."""
    settings = settings_room.adopt(app)

    def url_for(endpoint: str, *, _anchor: str = "", _external: bool = True, **values: Any) -> str:
        # Flask's own believes the request about the host, and knows none in a job. Here it is external always.
        app.inject_url_defaults(endpoint, values)
        here = app.url_map.bind("", script_name=settings.script_name or "/")
        address = settings.app_base_url + here.build(endpoint, values)
        return f"{address}#{quote(_anchor)}" if _anchor else address

    app.extensions["carboy.mail"] = Mail(
        jobs_of(app),
        transport_of(settings),
        sender=settings.mail_sender,
        base_url=settings.app_base_url + settings.script_name,
        templates=Templates(lambda: app.jinja_env, {"url_for": url_for, "app_name": settings.app_name}),
    ).join()


def mail_of(app: "Flask") -> Mail:
    """Return the mails of this application."""
    try:
        room: Mail = app.extensions["carboy.mail"]
    except KeyError:
        raise SetupError(
            f"App {app.name!r} has no mails. Call carboy.mail.init_app(app) where the application is made."
        ) from None
    return room


def mail() -> Mail:
    """Return the mails of the application that is at work."""
    return mail_of(current_app)
