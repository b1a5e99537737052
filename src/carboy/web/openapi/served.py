"""The document, served beside the API that it describes."""

from typing import TYPE_CHECKING

from flask import Response, current_app, request

from carboy.web.identity import public

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def add_document(api: "Blueprint") -> None:
    """Serve the document at openapi.json, under the API."""

    @api.get("/openapi.json")
    @public
    def openapi_json() -> Response:
        name = api.name.removeprefix("api_")
        return Response(_printed_once(current_app._get_current_object(), name), mimetype="application/json")  # type: ignore[attr-defined]  # noqa: SLF001


def _printed_once(app: "Flask", api: str) -> str:
    from carboy.web.openapi.document import printed

    # Nothing in it changes while the process lives, but where a proxy says that we are.
    documents: dict[tuple[str, str], str] = app.extensions.setdefault("carboy.openapi", {})
    key = api, request.script_root or "/"
    if key not in documents:
        documents[key] = printed(app, api, server=key[1])
    return documents[key]
