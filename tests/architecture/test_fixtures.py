"""What a test is given is what its folder says it is given."""

import ast
from pathlib import Path

from carboy.testing import plugin

TESTS = Path(__file__).parents[1]
PLUGIN = Path(plugin.__file__).parent


def fixtures_of_the_session(file):
    """The names of the fixtures in this file that live as long as the session."""
    return {
        function.name
        for function in ast.parse(file.read_text()).body
        if isinstance(function, ast.FunctionDef)
        if any("scope='session'" in ast.unparse(decorator) for decorator in function.decorator_list)
    }


def test_no_folder_replaces_a_fixture_of_the_session():
    """Those that lean on it would be kept from one folder to the next, with what the first one gave them."""
    given = {path.parent: fixtures_of_the_session(path) for path in TESTS.rglob("conftest.py")}
    given[TESTS] |= set().union(*map(fixtures_of_the_session, PLUGIN.glob("*.py")))

    replaced = {
        (str(folder.relative_to(TESTS)), name)
        for folder, names in given.items()
        for above in folder.parents
        for name in names & given.get(above, set())
    }
    assert "new_database" in given[TESTS]
    assert replaced == set()
