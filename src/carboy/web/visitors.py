"""Strangers who must be known again: a name for their browser, which is no identity and opens no door."""

import secrets

from flask import session

from carboy.web.csrf import refuse_what_another_site_sent
from carboy.web.identity import VISITOR, known_visitor


def visitor() -> str:
    """Return a name for this browser, kept in its signed session.

    For a page that strangers use, and that must know them again: `jobs().enqueue(count, asked_by=visitor())`. What
    another site made the browser send is refused here.
    """
    if not known_visitor():
        refuse_what_another_site_sent()
        session[VISITOR] = secrets.token_urlsafe(16)
    return known_visitor()
