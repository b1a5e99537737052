"""A schema file refers to what is inside its folder, and to nothing else; what it leaves open, it says."""

import json

import pytest

from carboy.errors import SetupError
from carboy.web.contracts.files import SchemaFolder
from carboy.web.contracts.judge import Judge


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.json").write_text('{"type": "string"}')
    inside = tmp_path / "schemas"
    inside.mkdir()

    def write(**files):
        for name, schema in files.items():
            path = inside / f"{name.replace('__', '/')}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(schema if isinstance(schema, str) else json.dumps(schema))
        return SchemaFolder(inside)

    return write


@pytest.mark.parametrize(
    "reference",
    [
        "../../secret.json",
        "../../schemas/../secret.json",
        "%2e%2e/%2e%2e/secret.json",
        "/etc/passwd.json",
        "file:///etc/passwd.json",
        "https://example.org/schema.json",
        "//example.org/schema.json",
        "other.txt",
        "..",
    ],
)
def test_a_reference_out_of_the_folder_is_refused(folder, reference):
    files = folder(shop__order={"$ref": reference})

    with pytest.raises(SetupError, match="order"):
        files.schema("shop/order")


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    files = folder(shop__order={"$ref": "link.json"})
    (tmp_path / "schemas/shop/link.json").symlink_to(tmp_path / "secret.json")

    with pytest.raises(SetupError):
        files.schema("shop/order")


def test_files_refer_to_each_other_across_features_and_in_circles(folder):
    files = folder(
        shop__order={"$ref": "../people/person.json#/$defs/name"},
        people__person={
            "$defs": {"name": {"type": "string", "minLength": 2}},
            "type": "object",
            "properties": {"name": {"$ref": "#/$defs/name"}, "friends": {"items": {"$ref": "person.json"}}},
            "additionalProperties": False,
        },
    )

    names = Judge(files.schema("shop/order"), called="order")
    people = Judge(files.schema("people/person"), called="person")

    assert [fault.code for fault in names.faults("x")] == ["minLength"]
    assert [fault.path for fault in people.faults({"friends": [{"friends": [{"name": "x"}]}]})] == [
        ("friends", 0, "friends", 0, "name")
    ]


def test_what_only_looks_like_a_reference_is_data(folder):
    files = folder(shop__order={"const": {"$ref": "../secret.json"}})

    assert Judge(files.schema("shop/order"), called="order").faults({"$ref": "../secret.json"}) == []


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"properties": {"a": {}}}, "additionalProperties"),
        ({"items": {"properties": {"a": {}}}}, "order.json#/items"),
        ({"$id": "https://example.org/"}, "$id"),
        ({"$anchor": "here"}, "$anchor"),
        ("[1]", "object"),
        ("{", "no JSON"),
        ({"$ref": "missing.json"}, "missing.json"),
    ],
)
def test_a_file_that_says_too_little_or_too_much_is_told_where(folder, schema, says):
    files = folder(shop__order=schema)

    with pytest.raises(SetupError) as refused:
        files.schema("shop/order")

    assert says in refused.value.detail


@pytest.mark.parametrize("schema", [{"type": "text"}, {"minLength": "2"}, {"pattern": "("}, {"$ref": "#/$defs/none"}])
def test_a_schema_that_is_none_is_refused_when_it_is_compiled(folder, schema):
    files = folder(shop__order=schema)

    with pytest.raises(SetupError, match="the order"):
        Judge(files.schema("shop/order"), called="the order")
