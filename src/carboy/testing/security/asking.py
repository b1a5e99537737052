"""Those who ask: a browser with its cookies, or a program with what it brings in a header."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carboy.testing.security.routes import Door

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks: a browser with its cookies, or a program with what it brings in a header."""

    client: "FlaskClient"
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> "TestResponse":
        """Send a request. Nothing is followed."""
        headers = {**self.headers, **options.pop("headers", {})}
        options = {"base_url": self.base_url, "buffered": True, "headers": headers, **options}
        return self.client.open(path, method=method, **options)

    def send(self, door: Door, path: str, fields: Mapping[str, Any], **options: Any) -> "TestResponse":
        """POST fields as this door takes them: JSON on an API, a form with a good token on a page."""
        if door.is_api:
            return self.ask("POST", path, json=dict(fields), **options)
        return self.ask("POST", path, data={**fields, **self.form_token()}, **options)

    def form_token(self) -> dict[str, str]:
        """Return the field that every form of a page of ours has."""
        from carboy.web import csrf

        with self.client.session_transaction(base_url=self.base_url) as session:
            return {csrf.FIELD: csrf.token_in(session)}
