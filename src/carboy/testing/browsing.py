"""A browser without a browser, for pages with forms: it keeps its cookies, and sends a form as a page of ours would.

def test_a_name_is_changed(in_browser, users):
    answer = in_browser(users.make()).send("/account", first_name="Ada", time_zone="UTC")

    assert answer.location == "/account"
"""

from typing import TYPE_CHECKING, Any

from carboy.web.csrf import FIELD, token_in

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from carboy.accounts.sessions import Held


class Browser:
    """Somebody's browser, with the cookies that it was given."""

    def __init__(self, app: "Flask", *, base_url: str | None = None) -> None:
        self.client = app.test_client()
        self._site: dict[str, Any] = {"base_url": base_url} if base_url else {}

    def get(self, path: str, **options: Any) -> "TestResponse":
        """Ask for a page."""
        return self.client.get(path, **self._site, **options)

    def send(self, path: str, /, headers: Any = None, **fields: Any) -> "TestResponse":
        """Send a form with these fields, and with the token that every form of ours has."""
        with self.client.session_transaction(**self._site) as session:
            token = token_in(session)
        return self.client.post(path, data={FIELD: token, **fields}, headers=headers, **self._site)

    def hold(self, held: "Held") -> None:
        """Be signed in, as if a page had just taken the password."""
        from carboy.accounts.authenticators import IN_THE_SESSION
        from carboy.accounts.browser import of_a_browser

        with self.client.session_transaction(**self._site) as session:
            session[IN_THE_SESSION] = of_a_browser(held).session_token

    def cookie(self, name: str = "session") -> str:
        """Return the value of a cookie; empty, if it has none of this name."""
        found = self.client.get_cookie(name)
        return found.value if found else ""
