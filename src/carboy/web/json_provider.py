"""What plain Flask views read and write as JSON is what contracts take: `request.get_json()`, `jsonify`, a dict."""

from typing import TYPE_CHECKING, Any

from flask.json.provider import DefaultJSONProvider

from carboy.web.contracts.reading import MalformedJson, read_json

if TYPE_CHECKING:
    from flask import Flask


class StrictJson(DefaultJSONProvider):
    """Flask's own, but it reads no body that is not JSON to the letter, and writes nothing that is none."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Read JSON; a request's body, which comes as bytes, as strictly as an endpoint does."""
        if not isinstance(s, bytes):
            return super().loads(s, **options)
        try:
            return read_json(s)
        except MalformedJson as error:
            raise ValueError(error.detail) from error  # what Flask asks of a provider: it makes a 400 of this

    def dumps(self, obj: Any, **options: Any) -> str:
        """Write JSON. NaN and infinity are none, and an error of ours."""
        text = super().dumps(obj, **{"allow_nan": False, **options})
        # Half a surrogate pair cannot be written in UTF-8, and \ud800 is how JSON writes it.
        return text.encode("utf-8", "backslashreplace").decode()


def init_app(app: "Flask") -> None:
    """Use it, unless the application has chosen a provider of its own."""
    if type(app.json) is DefaultJSONProvider:
        app.json = StrictJson(app)
