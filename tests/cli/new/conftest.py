"""Projects that are rendered, and not yet made: `rendered("shop", without="todos")`."""

from pathlib import Path

import pytest

from carboy.cli.new.answers import Answers
from carboy.cli.new.rendering import render
from carboy.cli.new.starter import starter_folder


@pytest.fixture(scope="session")
def rendered():
    """Render a project once for each answer, and return its files."""
    known = {}

    def files(name="shop", without=()):
        answers = Answers(name, frozenset(without))
        if answers not in known:
            known[answers] = render(starter_folder(), answers)
        return known[answers]

    return files


@pytest.fixture
def laid_out(rendered, tmp_path):
    """Lay the files of a project out in a folder, and return it."""

    def lay(name="shop", without=()):
        for path, file in rendered(name, without).items():
            place = Path(tmp_path, name, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.content)
        return tmp_path / name

    return lay
