"""The API for people: Swagger UI, from our own files, at <where the API is>/docs.

Addresses are relative, so that it works under any prefix, and nothing is loaded from another host or sent to one. It
keeps the policy of every page: Swagger UI sets styles by script, which needs no leave, and brings none in its markup.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import render_template_string, send_from_directory

from carboy.web.headers import A_YEAR, csp_nonce
from carboy.web.identity import public

if TYPE_CHECKING:
    from flask import Blueprint, Response

_FILES = Path(__file__).parents[1] / "static" / "swagger"
_SERVED = ("swagger-ui-bundle.js", "swagger-ui.css")


def add_docs(api: "Blueprint", *, title: str) -> None:
    """Show the API to people."""

    @api.get("/docs")
    @public
    def docs() -> str:
        page = (Path(__file__).parent / "docs.html").read_text()
        return render_template_string(page, title=title, version=_version(), nonce=csp_nonce())

    # The version is in the address, so that browsers can keep a file for ever and still see the next one.
    @api.get(f"/docs/{_version()}/<any({', '.join(map(repr, _SERVED))}):name>")
    @public
    def docs_file(name: str) -> "Response":
        response = send_from_directory(_FILES, name)
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return response


@cache
def _version() -> str:
    return (_FILES / "VERSION").read_text().split()[-1]
