"""Breaking or not: a request must go on being taken, an answer must still be what was promised."""

import copy
import json
from itertools import product

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carboy.web.openapi.changes import compare

PATH = "/api/v1/foss"
TEXT, WHOLE, NUMBER, NULL = ({"type": name} for name in ("string", "integer", "number", "null"))
SHORT = {"type": "string", "maxLength": 3}
A = {"$ref": "#/components/schemas/A"}
B = {"$ref": "#/components/schemas/B"}


def fields(required="", /, **properties):
    return {"type": "object", "properties": properties, "required": required.split()}


def closed(required="", /, **properties):
    return {**fields(required, **properties), "additionalProperties": False}


def kind(name, **properties):
    return fields("kind", kind={"const": name}, **properties)


def api(operation, *, schemas=(), path=PATH, method="post", **rest):
    operation = {"operationId": "create", "responses": {"204": {"description": "done"}}, **operation}
    components = {"schemas": dict(schemas), **rest.pop("components", {})}
    return {"openapi": "3.1.0", "paths": {path: {method: operation}}, "components": components, **rest}


def content(schema, media="application/json"):
    return {"content": {media: {"schema": schema}}}


def taking(schema, schemas=()):
    return api({"requestBody": content(schema)}, schemas=schemas)


def giving(schema, schemas=()):
    return api({"responses": {"200": {"description": "here", **content(schema)}}}, schemas=schemas)


def breaks(old, new):
    return any(change.breaking for change in compare(old, new))


# What changes, from, to, whether it breaks as a request, whether it breaks as an answer.
SCHEMAS = [
    ("an optional field is new", fields(a=TEXT), fields(a=TEXT, b=TEXT), False, False),
    ("an optional field is new, and no other is taken", closed(a=TEXT), closed(a=TEXT, b=TEXT), False, False),
    ("a required field is new", closed(a=TEXT), closed("b", a=TEXT, b=TEXT), True, False),
    ("an optional field is gone", fields(a=TEXT, b=TEXT), fields(a=TEXT), False, True),
    ("an optional field is gone, and no other is taken", closed(a=TEXT, b=TEXT), closed(a=TEXT), True, True),
    ("a required field is gone", fields("a b", a=TEXT, b=TEXT), fields("a", a=TEXT), False, True),
    ("a field becomes required", fields(a=TEXT), fields("a", a=TEXT), True, False),
    ("a field becomes optional", fields("a", a=TEXT), fields(a=TEXT), False, True),
    ("an object becomes closed", fields(a=TEXT), closed(a=TEXT), True, False),
    ("an object becomes open", closed(a=TEXT), fields(a=TEXT), False, False),
    ("any object becomes one with a field", {"type": "object"}, fields(a=TEXT), True, False),
    ("a field inside a field is gone", fields(a=closed(b=TEXT)), fields(a=closed()), True, True),
    ("another type", TEXT, WHOLE, True, True),
    ("a wider type", WHOLE, NUMBER, False, True),
    ("a narrower type", NUMBER, WHOLE, True, False),
    ("a type more", TEXT, {"type": ["string", "integer"]}, False, True),
    ("a type less", {"type": ["string", "integer"]}, TEXT, True, False),
    ("null by a list of types", TEXT, {"type": ["string", "null"]}, False, True),
    ("null by anyOf", TEXT, {"anyOf": [TEXT, NULL]}, False, True),
    ("no null any more", {"anyOf": [TEXT, NULL]}, TEXT, True, False),
    ("null spelled otherwise", {"anyOf": [TEXT, NULL]}, {"type": ["string", "null"]}, False, False),
    ("null spelled otherwise, and back", {"type": ["null", "string"]}, {"anyOf": [TEXT, NULL]}, False, False),
    ("anything becomes text", {}, TEXT, True, False),
    ("a value more", {"enum": ["a"]}, {"enum": ["a", "b"]}, False, True),
    ("a value less", {"enum": ["a", "b"]}, {"enum": ["a"]}, True, False),
    ("values in another order", {"enum": ["a", "b"]}, {"enum": ["b", "a"]}, False, False),
    ("another constant", {"const": 1}, {"const": 2}, True, True),
    ("a constant becomes one of several", {"const": "a"}, {"enum": ["a", "b"]}, False, True),
    ("one and true are two", {"const": 1}, {"const": True}, True, True),
    ("any text becomes one of several", TEXT, {"enum": ["a", "b"]}, True, False),
    ("some values become any text", {"enum": ["a", "b"]}, TEXT, False, True),
    ("some values become a longer text", {"enum": ["a", "b"]}, {**TEXT, "minLength": 2}, True, True),
    ("true alone becomes true or false", {"const": True}, {"type": "boolean"}, False, True),
    ("true and false become a boolean", {"enum": [True, False]}, {"type": "boolean"}, False, False),
    ("a longest length is new", TEXT, {**TEXT, "maxLength": 5}, True, False),
    ("a longest length is shorter", {**TEXT, "maxLength": 5}, {**TEXT, "maxLength": 4}, True, False),
    ("a shortest length is gone", {**TEXT, "minLength": 5}, TEXT, False, True),
    ("a pattern is new", TEXT, {**TEXT, "pattern": "^a"}, True, False),
    ("another pattern", {**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "^b"}, True, True),
    ("a format is new", TEXT, {**TEXT, "format": "date"}, True, False),
    ("a format is gone", {**TEXT, "format": "date"}, TEXT, False, True),
    ("a least number is higher", {**WHOLE, "minimum": 1}, {**WHOLE, "minimum": 2}, True, False),
    ("a greatest number is lower", {**WHOLE, "maximum": 2}, {**WHOLE, "maximum": 1}, True, False),
    ("a bound becomes exclusive", {**NUMBER, "minimum": 1}, {**NUMBER, "exclusiveMinimum": 1}, True, False),
    ("an upper bound becomes exclusive", {**NUMBER, "maximum": 1}, {**NUMBER, "exclusiveMaximum": 1}, True, False),
    ("a step is finer", {**NUMBER, "multipleOf": 0.1}, {**NUMBER, "multipleOf": 0.01}, False, True),
    ("a bound of numbers means nothing to text", TEXT, {**TEXT, "minimum": 3}, False, False),
    ("fewer items", {"type": "array"}, {"type": "array", "maxItems": 3}, True, False),
    ("items must differ", {"type": "array"}, {"type": "array", "uniqueItems": True}, True, False),
    ("items of another type", {"type": "array", "items": TEXT}, {"type": "array", "items": WHOLE}, True, True),
    (
        "a field of an item of an item",
        {"items": {"items": closed(a=TEXT)}},
        {"items": {"items": closed("a", a=TEXT)}},
        True,
        False,
    ),
    (
        "a place in a tuple",
        {"prefixItems": [TEXT, WHOLE], "items": False},
        {"prefixItems": [TEXT, NUMBER], "items": False},
        False,
        True,
    ),
    (
        "values of a map",
        {"type": "object", "additionalProperties": WHOLE},
        {"type": "object", "additionalProperties": NUMBER},
        False,
        True,
    ),
    ("an alternative more", {"anyOf": [TEXT, NULL]}, {"anyOf": [TEXT, NULL, WHOLE]}, False, True),
    ("alternatives in another order", {"anyOf": [TEXT, NULL]}, {"anyOf": [NULL, TEXT]}, False, False),
    (
        "a kind more",
        {"oneOf": [kind("a"), kind("b")]},
        {"oneOf": [kind("a"), kind("b"), kind("c")]},
        False,
        True,
    ),
    ("a kind less", {"oneOf": [kind("a"), kind("b")]}, {"oneOf": [kind("a")]}, True, False),
    (
        "a field of one kind",
        {"oneOf": [kind("a"), kind("b", x=TEXT)]},
        {"oneOf": [kind("b", x=SHORT), kind("a")]},
        True,
        False,
    ),
    ("alternatives that overlap become exclusive", {"anyOf": [WHOLE, NUMBER]}, {"oneOf": [WHOLE, NUMBER]}, True, False),
    ("one more conjunct", {"allOf": [TEXT]}, {"allOf": [TEXT, {"maxLength": 3}]}, True, False),
    (
        "conjuncts become one",
        {"allOf": [fields("a", a=TEXT), fields(b=TEXT)]},
        fields("a", a=TEXT, b=TEXT),
        False,
        False,
    ),
    ("the same exception", {"not": WHOLE}, {"not": WHOLE, "description": "no"}, False, False),
    ("another exception", {"not": WHOLE}, {"not": TEXT}, True, True),
    ("nothing is taken any more", TEXT, False, True, False),
    ("other words", {**TEXT, "title": "a", "default": "x"}, {**TEXT, "examples": ["c"]}, False, False),
    ("fields with names of keywords", fields(title=TEXT, enum=TEXT), fields(title=TEXT, enum=WHOLE), True, True),
    ("fields in another order", fields("a b", a=TEXT, b=TEXT), fields("b a", b=TEXT, a=TEXT), False, False),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "breaking"), [pytest.param(*c[1:4], id=c[0]) for c in SCHEMAS])
def test_a_request_breaks_when_less_is_taken(old, new, breaking):
    assert breaks(taking(old), taking(new)) is breaking


@pytest.mark.parametrize(("old", "new", "breaking"), [pytest.param(*c[1:3], c[4], id=c[0]) for c in SCHEMAS])
def test_an_answer_breaks_when_it_can_be_what_was_never_promised(old, new, breaking):
    assert breaks(giving(old), giving(new)) is breaking


def query(name="page", **rest):
    return {"name": name, "in": "query", "schema": WHOLE, **rest}


def asking(*names, **rest):
    return api({"parameters": [query(name, **rest) for name in names or ["page"]]})


def answers(*statuses):
    return {"responses": {status: {"description": "an answer"} for status in statuses}}


IN_HEADER = {"in": "header"}
TWO_KINDS = {"content": {**content(TEXT)["content"], **content(TEXT, "text/csv")["content"]}}
KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
IN_QUERY = {**KEY, "in": "query"}
SCHEMES = {"key": KEY, "token": {"type": "http", "scheme": "bearer"}}


def leaning(leaf):
    return {"A": fields(b=B), "B": fields(a={"items": A}, c=leaf)}


LIMITED = {"200": {"description": "here", "headers": {"X-Left": {"schema": WHOLE, "required": True}}}}
SEEN = {"200": {"description": "here", "headers": {"X-Left": {"schema": WHOLE}}}}


def guarded(*security, schemes=SCHEMES):
    return api({"security": list(security)}, components={"securitySchemes": schemes})


OPERATIONS = [
    ("an operation is gone", api({}), api({}, method="put"), True),
    ("a path is gone", api({}), api({}, path="/api/v1/todos"), True),
    ("an operation is new", api({}), {**api({}), "paths": {PATH: {**api({})["paths"][PATH], "get": {}}}}, False),
    ("a part of the path is called otherwise", api({}, path="/a/{id}"), api({}, path="/a/{a_id}"), False),
    ("another operationId", api({}), api({"operationId": "make"}), True),
    ("it is deprecated", api({}), api({"deprecated": True}), False),
    ("other words", api({}), api({"summary": "Make one.", "description": "At once.", "tags": ["foss"]}), False),
    ("a parameter is gone", asking(), api({}), True),
    ("an optional parameter is new", api({}), asking(), False),
    ("a required parameter is new", api({}), asking(required=True), True),
    ("a parameter becomes required", asking(), asking(required=True), True),
    ("a parameter becomes optional", asking(required=True), asking(), False),
    ("a parameter takes less", asking(), asking(schema={**WHOLE, "maximum": 9}), True),
    ("a parameter takes more", asking(), asking(schema=NUMBER), False),
    ("a list is written in another way", asking(), asking(explode=False), True),
    ("a header is a header in any case", asking("If-Match", **IN_HEADER), asking("if-match", **IN_HEADER), False),
    ("parameters in another order", asking("a", "b"), asking("b", "a"), False),
    ("a body is new", api({}), taking(TEXT), False),
    ("a required body is new", api({}), api({"requestBody": {**content(TEXT), "required": True}}), True),
    ("a body becomes required", taking(TEXT), api({"requestBody": {**content(TEXT), "required": True}}), True),
    ("a body is gone", taking(TEXT), api({}), True),
    ("a kind of body is gone", taking(TEXT), api({"requestBody": content(TEXT, "text/csv")}), True),
    ("a kind of answer is new", giving(TEXT), api({"responses": {"200": TWO_KINDS}}), False),
    ("an answer has no content any more", giving(TEXT), api({"responses": {"200": {"description": "here"}}}), True),
    ("a way to succeed is gone", api(answers("200", "202")), api(answers("200")), True),
    ("a way to succeed is new", api(answers("200")), api(answers("200", "202")), True),
    ("another way to succeed", api(answers("200")), api(answers("201")), True),
    ("a way to fail is gone", api(answers("200", "409")), api(answers("200")), False),
    ("a way to fail is new", api(answers("200")), api(answers("200", "409")), False),
    ("a header of an answer is gone", api({"responses": SEEN}), api(answers("200")), True),
    ("a header of an answer is new", api(answers("200")), api({"responses": SEEN}), False),
    ("a header of an answer may be missing", api({"responses": LIMITED}), api({"responses": SEEN}), True),
    ("a header of an answer is always there", api({"responses": SEEN}), api({"responses": LIMITED}), False),
    ("a door is closed", guarded(), guarded({"key": []}), True),
    ("a door is opened", guarded({"key": []}), guarded({}, {"key": []}), False),
    ("a way in is gone", guarded({"key": []}, {"token": []}), guarded({"token": []}), True),
    ("a way in is new", guarded({"key": []}), guarded({"key": []}, {"token": []}), False),
    ("two things are asked for", guarded({"key": []}), guarded({"key": [], "token": []}), True),
    ("a scope is asked for", guarded({"token": []}), guarded({"token": ["write"]}), True),
    ("a door is closed for the whole API", api({}), {**api({}), "security": [{"key": []}]}, True),
    ("a scheme is called otherwise", guarded({"key": []}), guarded({"machine": []}, schemes={"machine": KEY}), False),
    ("a key is sent elsewhere", guarded({"key": []}), guarded({"key": []}, schemes={"key": IN_QUERY}), True),
    ("a component is called otherwise", taking(A, {"A": fields(a=TEXT)}), taking(B, {"B": fields(a=TEXT)}), False),
    ("a component is written out", giving(A, {"A": fields(a=B), "B": TEXT}), giving(fields(a=TEXT)), False),
    ("a tree is called otherwise", taking(A, {"A": fields(a=A, b=TEXT)}), taking(B, {"B": fields(b=TEXT, a=B)}), False),
    ("a tree grows a rule", taking(A, {"A": fields(a=A, b=TEXT)}), taking(A, {"A": fields(a=A, b=SHORT)}), True),
    ("a rule deep in two trees that lean on each other", giving(A, leaning(WHOLE)), giving(A, leaning(NUMBER)), True),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "breaking"), [pytest.param(*c[1:], id=c[0]) for c in OPERATIONS])
def test_an_operation_breaks_when_a_client_of_yesterday_may_fail(old, new, breaking):
    assert breaks(old, new) is breaking


def test_parameters_of_a_path_belong_to_all_its_operations():
    old, new = api({}), api({})
    new["paths"][PATH]["parameters"] = [{"$ref": "#/components/parameters/page"}]
    new["components"]["parameters"] = {"page": query(required=True)}

    assert [change.where for change in compare(old, new)] == [f"POST {PATH} · query page"]


SENTENCES = [
    (taking(fields(name=TEXT)), taking(fields(name={**TEXT, "maxLength": 40})),
     f"POST {PATH} · request body · #/name", "maxLength was not said, is now 40."),
    (giving(fields(url=TEXT)), giving(fields()), f"POST {PATH} · 200 · #/url", "The field is gone."),
    (giving({"enum": ["a"]}), giving({"enum": ["a", "b"]}), f"POST {PATH} · 200", 'The value "b" is new.'),
    (giving({"items": fields(**{"a/b": TEXT})}), giving({"items": fields(**{"a/b": {"anyOf": [TEXT, NULL]}})}),
     f"POST {PATH} · 200 · #/*/a~1b", "Type null is new."),
    (taking(fields(a=TEXT)), taking(fields("a", a=TEXT)),
     f"POST {PATH} · request body · #/a", "It was optional, is now required."),
    (api({}), api({"operationId": "make"}), f"POST {PATH}", "operationId was create, is now make."),
    (guarded(), guarded({"key": []}), f"POST {PATH} · security", "Nothing is not enough any more."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "what"), SENTENCES)
def test_a_change_says_where_and_what(old, new, where, what):
    (change, *_) = compare(old, new)

    assert (change.where, change.what) == (where, what)


# Schemas in pairs, alike enough that one is often inside the other. Names are few, so that values are few as well.

LEAVES = [
    True, TEXT, WHOLE, NUMBER, NULL, {"type": "boolean"}, {"type": ["string", "null"]}, {"type": ["integer", "string"]},
    {"enum": ["a", "b"]}, {"enum": ["a", "b", "ab"]}, {"enum": [1, "a", None]}, {"const": 1}, {"const": True},
    {"const": "a"}, {**TEXT, "minLength": 1}, {**TEXT, "minLength": 2}, {**TEXT, "maxLength": 1},
    {**TEXT, "pattern": "^a"},
    {**WHOLE, "minimum": 0}, {**WHOLE, "exclusiveMinimum": 0}, {**NUMBER, "maximum": 1}, {**NUMBER, "multipleOf": 0.5},
    {**NUMBER, "exclusiveMaximum": 1}, {"minLength": 1}, {"maximum": 1}, {"not": TEXT}, {"not": {"const": 1}}, False,
    {"type": "object"}, {"minProperties": 1}, {"maxProperties": 1}, {"propertyNames": {"enum": ["a"]}},
    {"patternProperties": {"^a": TEXT}}, {"patternProperties": {"^a": TEXT}, "additionalProperties": False},
    {"contains": WHOLE}, {"contains": WHOLE, "minContains": 2}, {"if": TEXT, "then": {"maxLength": 1}}, {"if": TEXT},
    {"dependentRequired": {"a": ["b"]}}, {**WHOLE, "minimum": 0, "maximum": 1}, {"type": "array", "items": WHOLE},
]  # fmt: skip
TREE = {"$ref": "#/components/schemas/Tree"}
leaves = st.sampled_from([*LEAVES, TREE, TREE, TREE])
names = st.sampled_from(["", "a", "b", "a b"])
others = st.sampled_from([False, False, True, TEXT, WHOLE])


@st.composite
def two_objects(draw, twins):
    shared = {name: draw(twins) for name in draw(st.sampled_from(["a", "ab", "ab"]))}
    sides = []
    for side in (0, 1):
        kept = {name: pair[side] for name, pair in shared.items() if draw(st.integers(0, 3))}
        rest = {"type": "object"} if draw(st.booleans()) else {}
        sides.append(
            {**rest, "properties": kept, "required": draw(names).split(), "additionalProperties": draw(others)}
        )
    return tuple(sides)


@st.composite
def two_arrays(draw, twins):
    inside, first = draw(twins), draw(twins)
    sides = []
    for side in (0, 1):
        rest = draw(st.sampled_from([{}, {}, {"maxItems": 1}, {"minItems": 1}, {"uniqueItems": True}]))
        placed = {"prefixItems": [first[side]]} if not draw(st.integers(0, 3)) else {}
        sides.append({"type": "array", "items": inside[side], **placed, **rest})
    return tuple(sides)


@st.composite
def two_choices(draw, twins):
    pairs = draw(st.lists(twins, min_size=1, max_size=3))
    keyword = draw(st.sampled_from(["anyOf", "anyOf", "oneOf", "allOf"]))
    sides = []
    for side in (0, 1):
        kept = [pair[side] for pair in pairs if draw(st.integers(0, 4))] or [pairs[0][side]]
        sides.append(
            {keyword: draw(st.permutations(kept)), **draw(st.sampled_from([{}, {}, {"type": ["string", "object"]}]))}
        )
    return tuple(sides)


twins = st.recursive(
    st.one_of(leaves.map(lambda leaf: (leaf, leaf)), st.tuples(leaves, leaves)),
    lambda inner: st.one_of(two_objects(inner), two_objects(inner), two_arrays(inner), two_choices(inner)),
    max_leaves=6,
)
pairs = st.tuples(twins, two_objects(twins))

SCALARS = [None, True, False, 0, 1, 2, -1, 0.5, 1.5, "", "a", "b", "ab", "ba"]
LISTS = [[], *([one] for one in SCALARS), ["a", "b"], ["a", "a"], [1, "a"], [1, 1], [0.5, 1], [{}], [{"a": 1}], [[]]]
FLAT = [*SCALARS, [], ["a"], [1], {}, {"a": 1}, {"a": "a"}, {"b": "a"}, {"a": {"a": "a"}}, {"c": 1}]
OBJECTS = [
    {},
    *({"a": one} for one in [*FLAT, *LISTS]),
    *({"b": one} for one in FLAT),
    *({"a": one, "b": other} for one, other in product(FLAT, FLAT)),
    *({"a": one, "c": other} for one, other in product(SCALARS, ["a", 1])),
    *({"a": {"a": one, "b": other}} for one, other in product(SCALARS, ["a", 1, None])),
]
VALUES = [*SCALARS, *LISTS, *OBJECTS, *([one] for one in OBJECTS[:20])]


def validator(schema, tree):
    return jsonschema_rs.Draft202012Validator({"allOf": [schema], "components": {"schemas": {"Tree": tree}}})


def opened(schema):
    """The schema as a client reads it who does not mind fields that it does not know."""
    if isinstance(schema, list):
        return [opened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: opened(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}


def values_of(schema, tree):
    judge = validator(schema, tree)
    return [value for value in VALUES if judge.is_valid(value)]


@pytest.mark.long
@settings(max_examples=300)
@given(pairs)
def test_what_was_taken_is_taken_when_the_request_is_said_not_to_break(drawn):
    (old, new), (old_tree, new_tree) = drawn
    if breaks(taking(old, {"Tree": old_tree}), taking(new, {"Tree": new_tree})):
        return

    judge = validator(new, new_tree)

    assert [value for value in values_of(old, old_tree) if not judge.is_valid(value)] == []


@pytest.mark.long
@settings(max_examples=300)
@given(pairs)
def test_what_is_given_was_promised_when_the_answer_is_said_not_to_break(drawn):
    (old, new), (old_tree, new_tree) = drawn
    if breaks(giving(old, {"Tree": old_tree}), giving(new, {"Tree": new_tree})):
        return

    judge = validator(opened(old), opened(old_tree))

    assert [value for value in values_of(new, new_tree) if not judge.is_valid(value)] == []


@settings(max_examples=200)
@given(pairs)
def test_a_document_does_not_differ_from_itself(drawn):
    (schema, _), (tree, _) = drawn
    document = taking(schema, {"Tree": tree})

    assert compare(document, json.loads(json.dumps(document))) == []


anything = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({}, optional={
            "properties": st.dictionaries(st.sampled_from(["a", "type", "$ref", "a/b", ""]), inner, max_size=3),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "("]), inner, max_size=1),
            "items": inner, "not": inner, "if": inner, "then": inner, "contains": inner, "unevaluatedProperties": inner,
            "anyOf": st.lists(inner, max_size=3), "allOf": st.lists(inner, max_size=3),
            "prefixItems": st.lists(inner, max_size=2), "required": st.lists(st.text(max_size=2), max_size=2),
            "enum": st.lists(st.none() | st.text(max_size=2), max_size=2),
            "$ref": st.sampled_from([*TREE.values(), "#/components/schemas/Gone", "https://example.org/a", "#", "x"]),
            "x-ours": st.none(), "const": st.dictionaries(st.text(max_size=1), st.none(), max_size=1),
        }),
    ),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.long
@settings(max_examples=300)
@given(anything, anything, anything, anything)
def test_any_two_schemas_can_be_compared(old, new, old_tree, new_tree):
    for document in (taking, giving):
        changes = compare(document(old, {"Tree": old_tree}), document(new, {"Tree": new_tree}))

        assert all(change.breaking in (True, False) and change.what.endswith(".") for change in changes)


def test_schemas_that_go_round_in_a_circle_come_to_an_end():
    circle = {"A": {"anyOf": [A, B]}, "B": {"allOf": [A, {"$ref": "#/components/schemas/B"}]}}

    assert breaks(taking(A, circle), taking(A, {**circle, "B": TEXT}))


def test_comparing_changes_neither_document():
    old, new = taking(A, {"A": fields(a=A)}), taking(A, {"A": closed("b", b=TEXT)})
    kept = copy.deepcopy((old, new))

    compare(old, new)

    assert (old, new) == kept
