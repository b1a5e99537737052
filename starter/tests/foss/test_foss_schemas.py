"""What the schema files say is what the code says."""

import json
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from starter.foss.domain import Licence
from starter.foss.models import FOSS, Details

FOLDER = Path(__file__).parents[2] / "specifications" / "schemas" / "foss"
DETAILS = [field.name for field in fields(Details)]


def schema(name):
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["create_foss", "replace_foss", "change_foss"])
def test_what_may_be_said_of_a_project_is_what_it_has_details_for(name):
    assert list(schema(name)["properties"]) == DETAILS


def test_files_and_code_know_the_same_licences():
    assert schema("details")["$defs"]["licence"]["enum"] == list(get_args(Licence))


@pytest.mark.parametrize("name", ["name", "homepage", "email", "description"])
def test_whatever_a_schema_lets_pass_finds_room_in_its_column(name):
    assert schema("details")["$defs"][name]["maxLength"] <= FOSS.c[name].type.length
