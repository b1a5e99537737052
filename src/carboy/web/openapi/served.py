"""The document, served beside the API that it describes."""

from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request

from carboy.web.identity import public

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def add_document(api: "Blueprint") -> None:
    """Serve the document at openapi.json, under the API."""

    @api.get("/openapi.json")
    @public
    def openapi_json() -> Response:
        from carboy.web.openapi.document import printed

        said = _said_once(current_app._get_current_object(), api.name.removeprefix("api_"))  # type: ignore[attr-defined]  # noqa: SLF001
        # Where we are is for the proxy in front to say, for each request.
        here = said | {"servers": [{"url": request.script_root or "/"}]}
        return Response(printed(here), mimetype="application/json")


def _said_once(app: "Flask", api: str) -> dict[str, Any]:
    from carboy.web.openapi.document import titled

    # Nothing in it changes while the process lives.
    documents: dict[str, dict[str, Any]] = app.extensions.setdefault("carboy.openapi", {})
    if api not in documents:
        documents[api] = titled(app, api)
    return documents[api]
