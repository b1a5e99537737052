"""The mails of a Flask application: `mail().send(mail().render("mails/invitation", to=…))`."""

from typing import TYPE_CHECKING, Any

from flask import current_app

from carboy import settings as settings_room
from carboy.errors import SetupError
from carboy.jobs.flask import jobs_of
from carboy.mail.choosing import transport_of
from carboy.mail.room import Mail

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: "Flask") -> None:
    """Let this application send mails. Connects to nothing."""
    settings = settings_room.adopt(app)

    def link(endpoint: str, **values: Any) -> str:
        """Return the address of a view, for whoever reads it elsewhere."""
        app.inject_url_defaults(endpoint, values)
        here = app.url_map.bind("", script_name=settings.script_name or "/")
        return settings.app_base_url + here.build(endpoint, values)

    app.extensions["carboy.mail"] = Mail(
        jobs_of(app),
        transport_of(settings),
        sender=settings.mail_sender,
        base_url=settings.app_base_url + settings.script_name,
        templates=lambda: app.jinja_env,
        known={"link": link, "app_name": settings.app_name},
    )


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
