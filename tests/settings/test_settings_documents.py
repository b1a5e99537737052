"""What is written about the settings is what the class says."""

from pathlib import Path

import pytest

from carboy.settings import Settings
from carboy.settings.kinds import MODES
from carboy.settings.report import entries, example, reference

ROOT = Path(__file__).parents[2]


def test_the_reference_page_is_what_the_class_says():
    assert (ROOT / "docs/reference/settings.md").read_text() == reference(Settings), "flask config --reference"


@pytest.mark.parametrize("mode", ["development", "production"])
def test_the_examples_are_what_the_class_says(mode):
    assert (ROOT / f"starter/.env.d/{mode}.example").read_text() == example(Settings, mode), "flask config --example"


def test_every_setting_has_a_reason():
    assert [entry.variable for entry in entries(Settings) if len(entry.field.description or "") < 15] == []


@pytest.mark.parametrize("mode", ["development", "testing"])
def test_an_example_with_every_line_in_force_changes_nothing(shop, mode):
    lines = example(Settings, mode).splitlines()
    active = [line.removeprefix("#") for line in lines if "=" in line and not line.startswith(("# ", "#FLASK_ENV"))]
    shop.write(f".env.d/.env.{mode}", "\n".join(active) + "\n")

    loaded = shop.load(mode=mode)
    plain = Settings.load(root=shop.root / "elsewhere", environ={}, mode=mode)

    drawn = {"root", "secret_key", "jwt_secret_key", "database_url"}
    assert loaded.model_dump(exclude=drawn) == plain.model_dump(exclude=drawn)
    assert len(active) == len(list(entries(Settings))) - 1


@pytest.mark.parametrize("mode", ["staging", "production"])
def test_a_deployed_example_is_refused_as_it_lies_and_for_every_line_that_is_in_force(shop, mode):
    shop.write(f".env.d/.env.{mode}", example(Settings, mode))
    in_force = {line.partition("=")[0] for line in example(Settings, mode).splitlines() if line and line[0] != "#"}

    faults = shop.faults({"FLASK_ENV": mode})

    assert {fault.partition(" ")[0] for fault in faults} == in_force - {"FLASK_ENV", "PROXY_FIX"}


@pytest.mark.parametrize("mode", MODES)
def test_an_example_uses_only_what_every_reader_of_such_files_understands(mode):
    for line in example(Settings, mode).splitlines():
        name, _, value = line.removeprefix("#").partition("=")
        if line and not line.startswith("# "):
            assert name.isidentifier()
            assert not set(value) & set("'\"$`\\# \t")
