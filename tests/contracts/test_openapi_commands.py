"""`flask openapi check` stops what breaks clients; `flask schemas check` stops files that fell behind the types."""

import json
import textwrap

import pytest

FEATURE = """
    from typing import Literal
    from carboy.web import Schema, endpoint, public
    from flask import Blueprint

    class Order(Schema):
        name: str
        size: Literal["small", "large"] = "small"
        note: str | None = None

    class Shown(Schema):
        name: str
        price: int = 1

    shop = Blueprint("orders", __name__)

    @shop.post("/orders")
    @endpoint
    @public
    def create_order(body: Order) -> Shown:
        return Shown(name=body.name)

    def register(app, api):
        api.register_blueprint(shop)
"""


@pytest.fixture
def flask(make_app, project):
    """Run a flask command on the shop, with changes to its code."""
    made = iter(range(100))

    def run(*command, change=("", "")):
        name = f"feature_{next(made)}"
        source = textwrap.dedent(FEATURE)
        assert change[0] in source
        (project / "shop" / f"{name}.py").write_text(source.replace(*change))
        return make_app(features=(f"shop.{name}",)).test_cli_runner().invoke(args=command)

    return run


def test_the_document_is_printed(flask):
    printed = json.loads(flask("openapi").output)

    assert printed["paths"]["/api/v1/orders"]["post"]["operationId"] == "orders_create_order"


def test_a_document_that_is_not_there_is_told_how_to_make(flask):
    checked = flask("openapi", "check")

    assert checked.exit_code == 1
    assert "flask openapi write" in checked.output


def test_a_document_that_is_as_committed_passes(flask, project):
    flask("openapi", "write")

    checked = flask("openapi", "check", "--exact")

    assert (project / "specifications/openapi-v1.json").exists()
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize(
    "change",
    [
        ("    price: int = 1\n", ""),
        ("    name: str\n    size", "    name: str\n    street: str\n    size"),
        ('"small", "large"', '"small"'),
        ("note: str | None", "note: str"),
        ("    price: int = 1\n", "    price: str = ''\n"),
        ('"/orders"', '"/purchases"'),
        ("@shop.post", "@shop.put"),
        ("@public\n", ""),
    ],
    ids=["removed", "needed", "narrowed", "no null", "another type", "moved", "another method", "closed"],
)  # fmt: skip
def test_what_breaks_a_client_fails(flask, change):
    flask("openapi", "write")

    checked = flask("openapi", "check", change=change)

    assert checked.exit_code == 1, checked.output
    assert "BREAKS" in checked.output


@pytest.mark.parametrize(
    "change",
    [
        ("    note: str | None = None\n", "    note: str | None = None\n    gift: bool = False\n"),
        ("    price: int = 1\n", "    price: int = 1\n    tax: int = 0\n"),
        ('"small", "large"] =', '"small", "large", "huge"] ='),
    ],
    ids=["a field that may be left out", "a field more in the answer", "a value more"],
)  # fmt: skip
def test_what_only_grows_the_api_passes_until_it_must_be_exact(flask, change):
    flask("openapi", "write")

    checked = flask("openapi", "check", change=change)
    exact = flask("openapi", "check", "--exact", change=change)

    assert (checked.exit_code, exact.exit_code) == (0, 1), checked.output


def test_a_document_that_has_drifted_without_a_change_to_the_api_fails(flask, project):
    flask("openapi", "write")
    path = project / "specifications/openapi-v1.json"
    path.write_text(path.read_text().replace('"title": "', '"title": "Old '))

    checked = flask("openapi", "check")

    assert checked.exit_code == 1
    assert "drifted" in checked.output


def test_typed_endpoints_have_their_schema_files(flask, project):
    exported = flask("schemas", "export")
    checked = flask("schemas", "check")

    body = json.loads((project / "specifications/schemas/orders/create_order.json").read_text())
    assert (exported.exit_code, checked.exit_code) == (0, 0), exported.output + checked.output
    assert body["properties"]["size"]["enum"] == ["small", "large"]
    assert (project / "specifications/schemas/orders/create_order.answer.json").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('"small", "large"', '"small"'), "create_order.json says something else"),
        (("def create_order", "def make_order"), "make_order.json is missing"),
        (("def create_order", "def make_order"), "create_order.json belongs to no endpoint"),
    ],
)
def test_a_schema_file_that_differs_from_its_type_fails(flask, change, says):
    flask("schemas", "export")

    checked = flask("schemas", "check", change=change)

    assert checked.exit_code == 1
    assert says in checked.output


def test_a_file_that_was_written_by_hand_is_never_overwritten(flask, project):
    path = project / "specifications/schemas/orders/create_order.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"type": "object"}')

    exported = flask("schemas", "export")

    assert exported.exit_code == 1
    assert path.read_text() == '{"type": "object"}'


def test_an_exported_file_is_a_contract_that_a_view_can_use(flask, project):
    from carboy.web.contracts.files import SchemaFolder
    from carboy.web.contracts.judge import Judge

    flask("schemas", "export")
    schema = SchemaFolder(project / "specifications/schemas").schema("orders/create_order")

    assert [fault.code for fault in Judge(schema, called="orders").faults({})] == ["required"]
