"""What somebody wants to hear of todos: a line of their profile."""

from typing import Annotated

from carboy.data.flask import db
from carboy.web import CurrentUser, Form, endpoint
from carboy.web.identity import user_id
from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from starter.todos import digests
from starter.todos.readers import ReadersBackend
from starter.todos.schemas import Digest


def add(pages: Blueprint) -> None:
    """Put the choice on the application."""
    pages.post("/digest")(choose_digest)
    pages.add_app_template_global(wants_digest_of_todos)


@endpoint
def choose_digest(said: Annotated[Digest, Form()], me: CurrentUser) -> Response:
    """Say whether one wants a mail each morning on which a todo is due."""
    digests.choose(ReadersBackend(db()), me, wants=said.wanted)
    flash("Saved.", "success")
    return redirect(url_for("accounts.show_profile"), 303)


def wants_digest_of_todos() -> bool:
    """Tell the page of a profile what was chosen."""
    return digests.wants(ReadersBackend(db()), user_id())
