"""What is typed of a feature's fields, and what is refused of it."""

import pytest

from carboy.cli.add import fields, naming
from carboy.cli.add.feature import Feature
from carboy.cli.add.kinds import KINDS
from carboy.cli.add.refusals import Refusal


def test_a_field_is_a_name_a_type_and_what_belongs_to_it():
    (number, note, customer) = fields.read_all(["number:string(20):unique", "note:text?", "customer:ref[customers]?"])

    assert (number.attribute, number.kind.column, number.unique, number.optional) == (
        "number",
        "String(20)",
        True,
        False,
    )
    assert (note.kind.column, note.optional) == ("LongText", True)
    assert (customer.attribute, customer.kind.feature, customer.optional) == ("customer_id", "customers", True)


@pytest.mark.parametrize("said", ["due:date?:index", "due:date:index?"])
def test_what_may_be_left_out_is_marked_after_the_type_or_at_the_end(said):
    due = fields.read(said)

    assert (due.optional, due.index) == (True, True)


def test_whole_numbers_have_the_limits_that_are_asked_for():
    count = fields.read("count:integer:min=1:max=9")

    assert (count.kind.schema["minimum"], count.kind.schema["maximum"]) == (1, 9)
    assert count.kind.rules == "Annotated[int, Field(ge=1, le=9)]"
    assert {0, 10} < set(count.kind.wrong)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("amount", "is no field"),
        ("amount:", "is no field"),
        (":decimal", "is no field"),
        ("Amount:decimal", "is no field"),
        ("amount_:decimal", "is no field"),
        ("class:string", "Python's own"),
        ("match:string", "Python's own"),
        ("a" * 25 + ":date", "too long"),
        ("amount:money", "there is no type money"),
        ("name:string(0)", "at the most"),
        ("name:string(2001)", "at the most"),
        ("name:string(a)", "at the most"),
        ("amount:decimal(2,2)", "behind the point"),
        ("amount:decimal(19,2)", "behind the point"),
        ("amount:decimal(12)", "behind the point"),
        ("due:date(3)", "nothing in parentheses"),
        ("state:choice(draft)", "different words"),
        ("state:choice(draft,draft)", "different words"),
        ("state:choice(Draft,sent)", "different words"),
        ("state:choice", "different words"),
        ("customer:ref", "in brackets"),
        ("customer:ref(customers)", "in brackets"),
        ("customer:string[customers]", "in brackets"),
        ("customer:ref[a,b]", "one feature"),
        ("note:text:unique", "cannot be unique"),
        ("customer:ref[customers]:index", "without being told"),
        ("note:text:index", "too long for an index"),
        ("name:string(601):unique", "600 characters at the most"),
        ("name:string(601):index", "600 characters at the most"),
        ("name:string:long", "no option long"),
        ("name:string:min=1", "for integer alone"),
        ("count:integer:min=9:max=1", "less than max"),
        ("count:integer:min=a", "no option min=a"),
    ],
)
def test_what_is_no_field_is_refused_in_a_line_that_says_why(said, why):
    with pytest.raises(Refusal, match=why) as refused:
        fields.read(said)

    assert "\n" not in refused.value.message


@pytest.mark.parametrize("said", ["name:string(600):unique", "name:string(600):index", "home:url:unique:index"])
def test_what_every_database_can_index_may_be_unique_or_indexed(said):
    made = fields.read(said)

    assert made.kind.schema["maxLength"] * 4 + 64 < 2704
    assert made.unique or made.index


def test_a_field_is_there_once():
    with pytest.raises(Refusal, match="customer_id is there twice"):
        fields.read_all(["customer:ref[customers]", "customer_id:uuid"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_has_two_examples_and_something_wrong(kind):
    made = fields.read(
        "thing:choice(new,old)" if kind == "choice" else f"thing:{'ref[users]' if kind == 'ref' else kind}"
    )

    assert len(made.kind.examples) == 2
    assert made.kind.wrong


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("invoices", "invoice"),
        ("categories", "category"),
        ("boxes", "box"),
        ("dishes", "dish"),
        ("classes_taken_", None),
        ("addresses", "address"),
        ("order_items", "order_item"),
        ("sheep", None),
        ("glass", None),
    ],
)
def test_one_of_several_is_found_by_how_the_word_ends_or_asked_for(many, one):
    if one is None:
        with pytest.raises(Refusal):
            naming.names_of(many)
    else:
        assert naming.names_of(many).one == one


def test_names_that_are_too_long_for_a_database_are_refused():
    long, longer = "x" * 22 + "s", "y" * 24
    names = naming.names_of(long)

    with pytest.raises(Refusal, match="too long a name for a database"):
        Feature("shop", names, fields.read_all([f"{longer}:ref[{long}]"])).check()
