"""Whatever is asked for, what is written is laid out, passes the linter, and depends on nothing else."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from carboy.cli.add import fields, naming, taken, writing
from carboy.cli.add.feature import Feature, Target
from carboy.cli.add.refusals import Refusal
from carboy.cli.add.rendering import render
from carboy.cli.project import Project

STARTER = Path(__file__).parents[3] / "starter"

EVERYTHING = (
    "title:string(80)", "code:string:unique", "body:text", "note:text?", "count:integer:min=1:max=9", "size:integer?",
    "amount:decimal", "rate:decimal(5,4)?", "whole:decimal(9,0)", "open_now:boolean", "sure:boolean?", "due:date:index",
    "until:date?", "begins:datetime", "ended:datetime?", "token:uuid", "other:uuid?", "mail:email", "home:url?",
    "state:choice(draft,in_review)", "mood:choice(good,bad)?", "customer:ref[customers]", "former:ref[customers]?",
    "clerk:ref[users]?", "helper:ref[users]?",
)  # fmt: skip
LONGEST = ("a" * 24, f"{'b' * 23}s")


def feature_of(names, said, **how):
    customers = Target(naming.names_of("customers"), "shop.customers", how.get("store", "orm"), "name")
    users = Target(naming.Names("users", "user"), "shop.accounts")
    return Feature("shop", names, fields.read_all(said), {"customers": customers, "users": users}, **how)


@pytest.fixture
def faults(tmp_path):
    """What the linter and the formatter say of a feature, once it is laid out."""
    shutil.copy(STARTER / "pyproject.toml", tmp_path)

    def find(feature):
        files = dict(render(feature))
        project = Project(tmp_path, "shop", "0.1.0")
        writing.write(project, files)
        writing.lay_out(project, list(files))
        ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "--quiet", "."]
        return subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True).stdout.splitlines()

    return find


@pytest.mark.parametrize(
    ("store", "contract", "pages"),
    [("orm", "types", True), ("sql", "files", True), ("orm", "files", False), ("sql", "types", False)],
)
def test_a_feature_with_every_type_is_laid_out(faults, store, contract, pages):
    feature = feature_of(naming.names_of("invoices"), EVERYTHING, store=store, contract=contract, pages=pages)

    assert faults(feature) == []


@pytest.mark.parametrize("said", [["due:date"], ["paid:boolean"], ["customer:ref[customers]"], ["code:string:unique"]])
def test_a_feature_with_one_field_is_laid_out(faults, said):
    feature = feature_of(naming.names_of("invoices"), said, store="sql", contract="files", pages=True)

    assert faults(feature) == []


@pytest.mark.parametrize(("store", "contract"), [("orm", "types"), ("sql", "files")])
def test_a_feature_with_the_longest_names_is_laid_out(faults, store, contract):
    said = [f"{'d' * 22}:decimal", f"{'e' * 22}:string:unique"]
    feature = feature_of(naming.names_of(LONGEST[1], LONGEST[0]), said, store=store, contract=contract, pages=True)

    assert faults(feature) == []


@pytest.mark.parametrize("said", ["body:text", "due:date", "paid:boolean", "paid:boolean?", "state:choice(a,b)"])
def test_pages_of_a_feature_with_one_field_can_be_read(said):
    pages = Environment(extensions=["jinja2.ext.do"], autoescape=True)
    feature = feature_of(naming.names_of("letters"), [said], pages=True)

    for place, text in render(feature).items():
        if place.endswith(".html"):
            pages.parse(text)


def test_the_same_words_make_the_same_files():
    names = naming.names_of("invoices")

    assert render(feature_of(names, EVERYTHING)) == render(feature_of(names, EVERYTHING))


def test_plain_sql_names_what_it_needs_for_itself_as_no_field_can_be_called():
    said = ["code:string:unique", "customer:ref[customers]", "clerk:ref[users]?"]
    feature = feature_of(naming.names_of("invoices"), said, store="sql", pages=True)

    written = render(feature)["shop/invoices/backend.py"]

    kept = {
        "id",
        "owner_id",
        "version",
        "created_at",
        "updated_at",
        "limit",
        *(one.attribute for one in feature.fields),
    }
    named = {
        name for found in re.findall(r'[ (]:([a-z]\w*)|\bAS (\w+)|row\["(\w+)"\]', written) for name in found if name
    }
    assert len(named - kept) == 3
    assert all("__" in name for name in named - kept), named


def test_what_pages_know_by_name_is_no_name_for_a_feature():
    pages = Environment(extensions=["jinja2.ext.do"], autoescape=True)
    feature = feature_of(naming.names_of("invoices"), EVERYTHING, pages=True)
    written = [text for place, text in render(feature).items() if place.endswith(".html")]
    known = {name for text in written for name in meta.find_undeclared_variables(pages.parse(text))}
    imported = {name for text in written for found in re.findall(r"import ([\w, ]+?)(?: with|[ -]*%)", text)
                for name in found.split(", ")}  # fmt: skip

    free = {name for name in known | imported if not taken.is_word_of_code(name)}

    assert {"box", "choice", "field", "way", "when"} < imported
    assert free == {"invoice"}


def test_no_file_is_written_twice():
    with pytest.raises(Refusal, match=r"lists/list[.]html would be written twice"):
        render(feature_of(naming.Names("lists", "list"), ["name:string"], pages=True))


@pytest.mark.parametrize("title", ["items", "keys", "values"])
def test_a_title_may_be_called_what_a_table_calls_a_method(title):
    target = Target(naming.names_of("customers"), "shop.customers", "sql", title)

    assert target.title_column == f'CUSTOMERS.c["{title}"]'
