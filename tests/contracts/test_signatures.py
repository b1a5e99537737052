"""A signature that makes no sense is told by name, before anybody's request finds out."""

from typing import TYPE_CHECKING, Annotated, Any

import pytest

from carboy.errors import SetupError
from carboy.web import File, Form, Header, Json, Query, Schema, Upload, endpoint
from carboy.web.contracts.files import SchemaFolder
from carboy.web.endpoints import compile_all, signature

if TYPE_CHECKING:
    from decimal import Decimal


class Pair(Schema):
    a: int = 0
    b: int = 0


def untyped(query) -> None: ...


def silent(number: int): ...


def unseen(number: "Decimal") -> None: ...


def bare_upload(file: Upload) -> None: ...


def strange_upload(file: Annotated[Upload, File(types=("text/html",))]) -> None: ...


def two_bodies(body: dict[str, int], other: Annotated[dict[str, Any], Json()]) -> None: ...


def body_and_file(body: dict[str, int], file: Annotated[Upload, File(types=("image/png",))]) -> None: ...


def perhaps_a_file(file: Annotated[Upload | None, File(types=("image/png",))] = None) -> None: ...


def ruled_model(query: Annotated[Pair, Query(maximum=3)]) -> None: ...


def model_of_headers(seen: Annotated[Pair, Header()]) -> None: ...


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
        (two_bodies, "one body"),
        (body_and_file, "one body"),
        (perhaps_a_file, "is an Upload and nothing else"),
        (ruled_model, "Put its rules at its fields"),
        (model_of_headers, "take headers one by one"),
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


def misspelt(nam: str) -> None: ...


def forgetful() -> None: ...


def form_on_an_api(title: Annotated[str, Form()]) -> None: ...


@pytest.fixture
def app_with(make_app):
    """Make an application that has this view at this address."""

    def make(path, view):
        app = make_app()
        app.add_url_rule(path, "it", endpoint(view), methods=["GET", "POST"])
        return app

    return make


MISFITS = [
    ("/things/<name>", misspelt, "takes nam"),
    ("/things/<name>", forgetful, "has name"),
    ("/api/v1/things", form_on_an_api, "an API takes JSON"),
]


@pytest.mark.parametrize(("path", "view", "says"), MISFITS)
def test_a_view_that_does_not_fit_its_route_is_told_when_all_is_compiled(app_with, path, view, says):
    with pytest.raises(SetupError, match=says):
        compile_all(app_with(path, view))


@pytest.mark.parametrize(("path", "view", "says"), MISFITS[:2])
def test_a_view_that_does_not_fit_its_route_is_told_by_its_first_request(app_with, path, view, says):
    client = app_with(path, view).test_client()

    with pytest.raises(SetupError, match=says):
        client.get(path.replace("<name>", "ada"))


def test_a_page_takes_a_form(app_with):
    compile_all(app_with("/things", form_on_an_api))
