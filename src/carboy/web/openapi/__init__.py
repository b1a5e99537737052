"""The API's document (OpenAPI 3.1), the page that shows it, and what tells a change that breaks clients.

document.py   made of the contracts: it cannot promise what they do not hold
docs.py       Swagger UI, from this host alone
changes.py    two documents compared: what breaks whom
exported.py   a schema file for every endpoint that is written with types
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:
    """Put the document and its page on this version of the API, and the commands on the application."""
    from carboy import settings as settings_room
    from carboy.web.openapi import cli, docs, served

    for group in (cli.openapi, cli.schemas):
        app.cli.add_command(group)
    served.add_document(api)
    if settings_room.of(app).api_docs:
        docs.add_docs(api, title=settings_room.of(app).app_name)
