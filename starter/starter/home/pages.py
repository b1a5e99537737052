"""The first page, and the icon that browsers ask for by themselves."""

from typing import Any

from carboy.settings import of
from carboy.web.identity import public
from flask import Blueprint, Response, current_app, render_template, url_for

from starter.home import domain

pages = Blueprint("home", __name__)


@pages.app_context_processor
def application() -> dict[str, Any]:
    """Every page, an error page too, knows what the application is called."""
    return {"app_name": of(current_app).app_name}


@pages.get("/")
@public
def index() -> str:
    """Welcome a visitor, and show a developer around."""
    settings = of(current_app)
    if not domain.shows_workshop(settings.mode):
        return render_template("home/welcome.html")
    return render_template(
        "home/index.html",
        mode=settings.mode,
        package=domain.PACKAGE,
        facts=domain.facts(settings),
        places=domain.places(current_app.extensions["carboy.features"]),
        worker=domain.where_a_worker_is(settings.jobs_engine),
        commands=domain.COMMANDS,
        docs=url_for("api_v1.docs") if settings.api_docs else "",
    )


@pages.get("/favicon.ico")
@public
def favicon() -> Response:
    """Answer browsers that look for an icon where no page told them of one."""
    return current_app.send_static_file("favicon.svg")
