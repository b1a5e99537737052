"""A Carboy draws its own starter, in a process of its own, for whichever Carboy asks."""

from carboy.cli.new.answers import Answers
from carboy.cli.new.leaving_out import OPTIONAL
from carboy.cli.new.rendering import render
from carboy.cli.new.starter import starter_folder
from carboy.cli.upgrade.editions import installed


def test_what_is_drawn_is_what_carboy_new_writes():
    drawn = installed().draw("shop", {"todos", "long_forgotten"})

    rendered = render(starter_folder(), Answers("shop", frozenset({"todos"})))
    assert {path: tuple(file) for path, file in drawn.files.items()} == {
        path: (file.content, file.executable) for path, file in rendered.items()
    }
    assert (drawn.without, drawn.optional) == ({"todos"}, set(OPTIONAL))
    assert "# Upgrading" in drawn.upgrading


def test_features_that_nobody_knew_of_stay_out():
    drawn = installed().draw("shop", (), known={"foss"})

    assert drawn.without == set(OPTIONAL) - {"foss"}
    assert not [path for path in drawn.files if "/calculator/" in path]
