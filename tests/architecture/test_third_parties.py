"""What is needed to run is declared, and what is needed to test does not run."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
TEST_TOOLS = {"pytest", "hypothesis", "faker", "time_machine", "schemathesis", "_pytest"}
NAME = re.compile(r"[\w.-]+")


def normal(requirement):
    return re.sub(r"[-_.]+", "-", NAME.match(requirement)[0]).lower()


def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    ours = {normal(name) for name in [*project["dependencies"], *extras]}
    brought = {normal(name) for one in ours for name in requires(one) or () if "extra ==" not in name}
    return ours | brought


def imported():
    """What the library imports to run. Its fixtures look for servers that need not be there."""
    graph = grimp.build_graph("carboy", include_external_packages=True, cache_dir=None)
    importers = {name: graph.find_modules_that_directly_import(name) for name in graph.modules}
    outside = {name for name, by in importers.items() if not all(one.startswith("carboy.testing") for one in by)}
    return {name for name in outside if name.partition(".")[0] != "carboy"} - sys.stdlib_module_names


def test_everything_that_is_imported_is_declared_or_brought_by_what_is():
    distributions = packages_distributions()
    allowed = declared()

    undeclared = {name for name in imported() if not allowed & {normal(one) for one in distributions.get(name, ["?"])}}

    assert {"flask", "sqlalchemy"} <= imported()
    assert undeclared == set()


@pytest.mark.long
@pytest.mark.parametrize("mode", ["development", "testing"])
def test_an_application_brings_no_tool_of_tests(mode, tmp_path):
    script = (
        "import sys; from pathlib import Path; from starter import create_app; from starter.settings import Settings;"
        f"create_app(Settings.load(root=Path('{tmp_path}'), environ={{}}, mode='{mode}')); print(*sys.modules)"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT / "starter", capture_output=True, text=True, check=True
    ).stdout.split()

    assert "starter.foss.api" in loaded
    assert TEST_TOOLS & set(loaded) == set()
