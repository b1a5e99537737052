"""The API's document says what the contracts hold: all of it, validly, and nothing else."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from spelled_features import write_files

from carboy.web.openapi.document import document


@pytest.fixture
def make_api(make_app, project):
    """Make an application whose API has every kind of contract."""
    write_files(project)
    folder = project / "specifications" / "schemas" / "things"
    folder.mkdir(parents=True)
    (folder / "thing.json").write_text(
        json.dumps({"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False})
    )
    return lambda **values: make_app(features=("answering_features", "spelled_features"), **values)


@pytest.fixture
def app(make_api):
    return make_api()


@pytest.fixture
def said(app):
    return document(app)


def test_it_is_valid(said):
    OpenAPIV31SpecValidator(said).validate()


def test_the_same_code_gives_the_same_document(app, said):
    assert json.dumps(document(app)) == json.dumps(said)


@pytest.mark.parametrize("shown", [True, False])
def test_it_is_served_beside_the_api_whether_its_page_is_shown_or_not(make_api, shown):
    answer = make_api(api_docs=shown).test_client().get("/api/v1/openapi.json")

    assert (answer.status_code, answer.mimetype, answer.json["openapi"]) == (200, "application/json", "3.1.0")


def test_it_says_where_the_api_is_for_whoever_asks(make_api):
    client = make_api(proxy_fix=(1, 1, 1, 1, 1)).test_client()

    asked = [client.get("/api/v1/openapi.json", headers={"X-Forwarded-Prefix": prefix}) for prefix in ("/a", "/b")]

    assert [answer.json["servers"] for answer in asked] == [[{"url": "/a"}], [{"url": "/b"}]]


def test_every_endpoint_is_in_it_under_a_stable_name(said):
    names = [operation["operationId"] for path in said["paths"].values() for operation in path.values()]

    assert len(names) == len(set(names))
    assert {"things_list_things", "things_create_thing", "todos_typed_dict"} <= set(names)


def test_words_come_from_the_docstring(said):
    operation = said["paths"]["/api/v1/things"]["get"]

    assert (operation["summary"], operation["description"]) == ("List things.", "In pages.")


def test_a_query_is_told_parameter_by_parameter(said):
    told = {one["name"]: one for one in said["paths"]["/api/v1/things"]["get"]["parameters"]}

    assert told["limit"]["schema"] == {"default": 20, "maximum": 100, "minimum": 1, "type": "integer"}
    assert told["sort"]["schema"]["enum"] == ["name", "-name"]
    assert told["cursor"]["schema"] == {"maxLength": 1000, "type": "string"}
    assert told["tag"]["schema"]["type"] == "array"


def test_rules_headers_and_parts_of_the_path_are_told(said):
    divide = said["paths"]["/api/v1/divide"]["get"]["parameters"]
    traced = said["paths"]["/api/v1/traced"]["get"]["parameters"]
    thing = said["paths"]["/api/v1/things/{number}"]["put"]["parameters"]

    assert divide[1]["schema"] == {"type": "number", "not": {"const": 0}, "default": 2}
    assert (traced[0]["in"], traced[0]["name"], traced[0]["schema"]["maxLength"]) == ("header", "X-Trace", 8)
    assert [one["name"] for one in thing] == ["number", "If-Match"]


def test_a_condition_shows_that_an_etag_goes_in_with_its_quotes(said):
    condition = said["paths"]["/api/v1/things/{number}"]["put"]["parameters"][1]

    assert condition["schema"]["examples"] == ['"1"']


def test_every_status_is_told(said):
    create = said["paths"]["/api/v1/things"]["post"]["responses"]
    change = said["paths"]["/api/v1/things/{number}"]["put"]["responses"]

    assert set(create) == {"201", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503"}
    assert set(change) - set(create) == {"200", "404", "412", "428"}


def test_every_problem_has_an_example_and_the_one_schema(said):
    problems = said["components"]["responses"]

    contents = [one["content"]["application/problem+json"] for one in problems.values()]
    assert all(content["schema"] == {"$ref": "#/components/schemas/Problem"} for content in contents)
    assert all(content["example"]["type"].startswith("/problems/") for content in contents)


def test_a_closed_body_and_an_open_answer_of_one_type_are_two_schemas(said):
    schemas = said["components"]["schemas"]

    assert "additionalProperties" not in schemas["Thing"]
    assert schemas["Thing.given"]["additionalProperties"] is False


def test_schema_files_are_components(said):
    body = said["paths"]["/api/v1/file"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert body == {"$ref": "#/components/schemas/todos.create_todo"}
    assert said["components"]["schemas"]["todos.create_todo"]["properties"]["tags"]["items"] == {
        "$ref": "#/components/schemas/todos.tag"
    }


def test_an_upload_is_multipart_with_its_types(said):
    content = said["paths"]["/api/v1/pictures"]["post"]["requestBody"]["content"]

    assert list(content) == ["multipart/form-data"]
    assert content["multipart/form-data"]["encoding"] == {"picture": {"contentType": "image/png, text/plain"}}
    assert content["multipart/form-data"]["schema"]["required"] == ["picture", "title"]


def test_open_and_closed_doors_are_told(make_app, project):

    app = make_app(features=("door_features",))

    paths = document(app)["paths"]

    assert paths["/api/v1/open"]["get"]["security"] == [{}, {"apiKey": []}]
    assert paths["/api/v1/closed"]["get"]["security"] == [{"apiKey": []}]
    assert "403" in paths["/api/v1/closed"]["get"]["responses"]
