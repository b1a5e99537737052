"""What docs/how-to/shell.md has one type does what it says, with the names that are in `flask shell`."""

import re
from pathlib import Path

import pytest
from flask import Flask

from carboy.accounts.flask import accounts_of
from carboy.data.flask import data_of
from carboy.testing.accounts import UsersOfTest
from starter import create_app
from starter.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/how-to/shell.md"
BLOCK = re.compile(r"^<!-- run: tests/documents/test_shell_page.py -->\n```py\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(tmp_path):
    """The names in a shell of a migrated starter, in which Ada has an account."""
    app = create_app(Settings.load(environ={}, mode="testing", database_url=f"sqlite:///{tmp_path}/test.sqlite"))
    database = data_of(app).database
    data_of(app).migrations.upgrade(database)
    UsersOfTest(accounts_of(app)).make("ada@example.org", role="admin")
    with app.app_context():
        names = app.make_shell_context()
        yield names
        names["session"].close()
    database.close()


def test_what_is_typed_on_the_page_does_what_it_says(shell):
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))

    exec("\n".join(blocks), shell)

    told = shell["app"].test_cli_runner().invoke(shell["todos_commands"], ["count", str(shell["ada"].id)])
    shell["register"](other := Flask("other"), None)
    assert (len(blocks), told.output) == (8, "1\n")
    assert "todos" in other.cli.commands


def test_the_session_of_the_shell_cannot_write(shell):
    shell["session"].add(shell["User"](email="eve@example.org"))

    with pytest.raises(Exception, match=r"readonly|read-only"):
        shell["session"].flush()
