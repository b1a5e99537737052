"""A signature that makes no sense is told by name, before anybody's request finds out."""

from typing import TYPE_CHECKING, Annotated, Any

import pytest

from carboy.errors import SetupError
from carboy.web import File, Json, Query, Upload, endpoint
from carboy.web.contracts.files import SchemaFolder
from carboy.web.endpoints import signature

if TYPE_CHECKING:
    from decimal import Decimal


def untyped(query) -> None: ...


def silent(number: int): ...


def unseen(number: "Decimal") -> None: ...


def bare_upload(file: Upload) -> None: ...


def strange_upload(file: Annotated[Upload, File(types=("text/html",))]) -> None: ...


def no_file(body: Annotated[dict[str, Any], Json("shop/none")]) -> None: ...


def no_schema(body: Annotated[dict[str, Any], Json(3)]) -> None: ...


def no_contract(body: type) -> None: ...


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (untyped, "of what type query is"),
        (silent, "what it answers"),
        (unseen, "TYPE_CHECKING"),
        (bare_upload, "File(types="),
        (strange_upload, "text/html"),
        (no_file, "shop/none"),
        (no_schema, "marshmallow"),
        (no_contract, "cannot be a contract"),
    ],
)
def test_a_signature_that_makes_no_sense_says_what_to_do(tmp_path, view, says):
    with pytest.raises(SetupError) as refused:
        signature.read(view, SchemaFolder(tmp_path), {})

    assert says in refused.value.detail


def test_an_endpoint_needs_an_application_with_contracts():
    from flask import Flask

    @endpoint
    def view(a: Annotated[int, Query()]) -> None: ...

    with Flask(__name__).test_request_context(), pytest.raises(SetupError, match=r"carboy\.web\.init_app"):
        view()


def test_a_part_of_the_path_that_the_route_does_not_have_is_told_when_all_is_compiled(make_app):
    from carboy.web.endpoints import compile_all

    app = make_app()

    @app.get("/things/<name>")
    @endpoint
    def get_thing(nam: str) -> None: ...

    with pytest.raises(SetupError, match="nam"):
        compile_all(app)
