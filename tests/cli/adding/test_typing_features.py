"""`carboy add feature` and `carboy remove feature`: all of it or nothing, and back."""

import json
from pathlib import Path

import pytest

from carboy.cli.add import writing

INVOICES = ("add", "feature", "invoices", "number:string:unique", "amount:decimal", "due:date", "note:text?")


def test_a_feature_is_its_folders_a_migration_and_a_line(carboy, changed):
    code, told = carboy(*INVOICES, "--pages")

    assert (code, "flask db upgrade" in told) == (0, True)
    places = {line[3:].rpartition("/")[0] for line in changed()}
    assert places == {"shop", "shop/invoices", "shop/templates/invoices", "tests/invoices", "migrations/versions"}
    assert [line for line in changed() if line.startswith(" M")] == [" M shop/features.py"]
    assert '    "shop.todos",\n    "shop.invoices",\n)' in Path("shop/features.py").read_text()


def test_a_feature_that_is_removed_has_never_been(carboy, changed):
    carboy("add", "feature", "customers", "name:string", "--contract", "files")
    carboy(*INVOICES, "customer:ref[customers]", "--store", "sql")

    codes = [carboy("remove", "feature", name)[0] for name in ("invoices", "customers")]

    assert codes == [0, 0]
    assert changed() == []


def test_words_that_no_database_of_ours_reserves_are_fields(carboy):
    fields = ("body:text", "package:string", "position:integer", "rank:integer", "role:string:unique")

    assert carboy("add", "feature", "parcels", *fields, "--store", "sql")[0] == 0


@pytest.mark.parametrize("word", ["key", "end", "release"])
def test_a_word_that_one_of_our_databases_reserves_is_no_field(carboy, word):
    code, told = carboy("add", "feature", "things", f"{word}:string", "--store", "sql")

    assert (code, f"{word} cannot be a field: it is a word of SQL" in told) == (1, True)


def test_where_the_application_does_not_start_with_it_nothing_is_written(carboy, changed, answers, broken):
    answers["write"] = broken

    code, told = carboy(*INVOICES)

    assert (code, "does not start" in told) == (1, True)
    assert changed() == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("todos", "name:string"), "todos is there already"),
        (("calendars", "name:string", "--one", "page"), "means something else"),
        (("sheep", "name:string"), "--one NAME"),
        (("tokenize", "name:string", "--one", "torn"), "Python would import"),
        (("groups", "name:string"), "means something else"),
        (("windows", "name:string"), "window cannot be a feature"),
        (("things", "id:uuid"), "has something of that name already"),
        (("things", "model_name:string"), "has something of that name already"),
        (("things", "copy:date"), "has something of that name already"),
        (("things", "order:integer"), "a word of SQL"),
        (("things", "field:string"), "a name that its code needs"),
        (("things", "thing:string"), "a name that its code needs"),
        (("things", "customer:ref[customers]"), "Here that is users"),
        (("things", "todo:ref[todos]"), "Here that is users"),
        (("things", "somebody:ref[users]"), "at least one field that is no user"),
        (("things", "name:string", "parent:ref[things]?"), "a feature cannot refer to itself"),
        (("boxes", "name:string"), "box cannot be a feature"),
        (("fields", "name:string"), "fields cannot be a feature"),
        (("news", "name:string", "--pages"), "new cannot be a feature"),
        (("lists", "name:string", "--pages"), "--one NAME"),
        (("filters", "name:string"), "--one NAME"),
        (("exceptions", "name:string"), "Exception is a name that its code needs. Say another: --one NAME."),
        (("redirects", "name:string"), "redirect cannot be a feature"),
        (("requests", "name:string"), "request cannot be a feature"),
        (("things", "self:string"), "has something of that name already"),
        (("things", "dict:string?"), "has something of that name already"),
        (("things", "wanted:string:unique"), "cannot be a field that is unique"),
        (("codes", "codes:string:unique"), "cannot be a field that is unique"),
        (("things", "name:string", "clerk:ref[users]"), "Say 'clerk:ref[users]?'"),
        (("things",), "Missing argument"),
    ],
)
def test_a_name_that_is_taken_is_told_and_nothing_is_written(carboy, changed, words, why):
    code, told = carboy("add", "feature", *words)

    assert (code != 0, why in told) == (True, True), told
    assert changed() == []


@pytest.mark.parametrize("what", ["tables", "addresses", "blueprints"])
def test_a_name_that_the_application_has_already_is_refused(carboy, changed, answers, what):
    answers["survey"][what].append("invoices")

    code, told = carboy(*INVOICES)

    assert (code, f"one of the application's {what} is called invoices" in told) == (1, True)
    assert changed() == []


def test_what_others_refer_to_is_not_removed(carboy):
    carboy("add", "feature", "customers", "name:string")
    carboy(*INVOICES, "customer:ref[customers]")

    code, told = carboy("remove", "feature", "customers")

    assert (code, "still needed by invoices" in told) == (1, True)


def test_what_others_import_is_not_removed(carboy):
    carboy(*INVOICES)
    Path("shop/todos/domain.py").write_text("from shop.invoices.domain import Invoice\n")

    code, told = carboy("remove", "feature", "invoices")

    assert (code, "still needed by shop/todos/domain.py" in told) == (1, True)


def test_what_others_import_of_a_longer_name_is_no_hindrance(carboy):
    carboy(*INVOICES)
    Path("shop/todos/domain.py").write_text(
        "import shop.invoices_paid\nfrom shop.invoices_paid.domain import Paid\nfrom invoices_paid import x\n"
    )

    assert carboy("remove", "feature", "invoices")[0] == 0


@pytest.mark.parametrize(
    "place",
    ["shop/invoices/domain.py", "tests/invoices/test_of_mine.py", "specifications/schemas/invoices/of_mine.json"],
)
def test_what_was_changed_since_is_removed_only_with_force(carboy, changed, place):
    carboy(*INVOICES)
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    Path(place).write_text("x = 1\n")

    code, told = carboy("remove", "feature", "invoices")
    forced = carboy("remove", "feature", "invoices", "--force")

    assert (code, place in told) == (1, True)
    assert (forced[0], changed()) == (0, [])


def test_a_table_that_the_database_has_is_not_forgotten(carboy, changed, answers):
    carboy(*INVOICES)
    before = changed()
    answers["write_anew"] = [json.loads(Path("shop/invoices/.carboy.json").read_text())["revision"]]

    code, told = carboy("remove", "feature", "invoices")

    assert (code, "flask db downgrade" in told) == (1, True)
    assert changed() == before


def test_a_migration_that_others_build_on_stays(carboy):
    carboy(*INVOICES)
    carboy("add", "feature", "customers", "name:string")

    code, told = carboy("remove", "feature", "invoices")

    assert (code, "builds on that of invoices" in told) == (1, True)


def test_what_was_not_added_is_not_removed(carboy, changed):
    carboy("add", "feature", "customers", "name:string")
    before = changed()

    code, told = carboy("remove", "feature", "todos")

    assert (code, "Those that were: customers." in told) == (1, True)
    assert changed() == before


@pytest.fixture
def unwritable(monkeypatch):
    """From the call of this number on, no file can be written; with `whole`, none can be taken away either."""

    def from_call(number, *, whole=False):
        replace, calls = Path.replace, []

        def refuse(path, *_more, **_named):
            raise PermissionError(13, "Permission denied", str(path))

        def count(path, target):
            calls.append(path)
            return refuse(path) if len(calls) >= number else replace(path, target)

        monkeypatch.setattr(Path, "replace", count)
        if whole:
            monkeypatch.setattr(Path, "unlink", refuse)

    return from_call


@pytest.mark.parametrize("number", [1, 3])
def test_a_feature_that_cannot_be_written_is_told_in_a_sentence_and_nothing_is_changed(
    carboy, changed, unwritable, number
):
    unwritable(number)

    code, told = carboy(*INVOICES)

    assert (code, "cannot be written: Permission denied; nothing was changed" in told) == (1, True), told
    assert changed() == []
    assert not Path("shop/invoices").exists()


def test_a_feature_that_cannot_be_removed_is_told_in_a_sentence_and_nothing_is_changed(carboy, changed, unwritable):
    carboy(*INVOICES)
    before = changed()
    unwritable(1)

    code, told = carboy("remove", "feature", "invoices")

    assert (code, "shop/features.py cannot be written: Permission denied; nothing was changed" in told) == (1, True)
    assert changed() == before


def test_what_cannot_be_brought_back_is_told(carboy, unwritable):
    unwritable(3, whole=True)

    code, told = carboy(*INVOICES)

    assert (code, "Not everything could be brought back" in told, "nothing was changed" in told) == (1, True, False)
    assert "shop/invoices (Permission denied)" in told


def test_what_stops_the_bringing_back_loses_no_file(carboy, broken, monkeypatch):
    def stop(*_anything):
        raise KeyboardInterrupt

    def fail_once_all_is_written(*_anything):
        monkeypatch.setattr(Path, "write_bytes", stop)
        raise broken

    monkeypatch.setattr(writing, "list_feature", lambda *_: Path("shop/features.py").write_text("half of it"))
    monkeypatch.setattr("carboy.cli.add.adding.inside.ask", fail_once_all_is_written)
    monkeypatch.setattr("carboy.cli.add.taken.refuse_feature", lambda *_: None)

    carboy(*INVOICES)

    assert Path("shop/features.py").exists()
    assert Path("specifications/openapi-v1.json").exists()
