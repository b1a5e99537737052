"""`carboy upgrade`, on a project that a previous version made.

It runs what docs/how-to/upgrade.md shows.
"""

import os
import signal
import subprocess
import sys
import tomllib

import pytest

from carboy.cli.upgrade import writing

pytestmark = pytest.mark.long

HOME = "shop/home.py"
MINE = "Good evening"
THEIRS = {HOME: 'GREETING = "Hello"\n', "shop/new.py": "NEW = True\n", "Makefile": None}


def table(shop):
    return tomllib.loads(shop.text("pyproject.toml"))["tool"]["carboy"]


def home_with(shop, old, new):
    return shop.old[HOME][0].decode().replace(old, new)


def test_what_you_changed_stays_and_what_the_starter_changed_comes(shop):
    shop.change({HOME: home_with(shop, "Good morning", MINE), "README.md": "Ours\n"})
    new = {HOME: home_with(shop, "Goodbye", "Farewell"), "shop/templates/home.html": "<h1>Hello</h1>\n"}

    told = shop.upgrade(new)

    assert told.exit_code == 0, told.output
    assert MINE in shop.text(HOME)
    assert "Farewell" in shop.text(HOME)
    assert shop.changed() == {HOME, "shop/templates/home.html", "pyproject.toml"}
    assert "3 changed, 1 added, 1 deleted, 0 conflicts" in told.output


def test_a_conflict_has_ordinary_markers_is_listed_and_says_so_by_the_exit_code(shop):
    shop.change({HOME: home_with(shop, "Good morning", MINE)})

    told = shop.upgrade({HOME: home_with(shop, "Good morning", "Hello")})

    assert told.exit_code == 1
    assert f"{HOME}: changed by both" in told.output
    assert f'<<<<<<< yours\nGREETING = "{MINE}"\n=======\nGREETING = "Hello"\n>>>>>>> Carboy 0.1.0\n' in shop.text(HOME)


def test_a_second_run_does_nothing(shop):
    shop.upgrade({HOME: "NEW = True\n"})
    shop.commit()

    told = shop.run("--from", shop.elsewhere / "carboy-0.1.0-py3-none-any.whl")

    assert (told.exit_code, shop.changed()) == (0, set())
    assert "nothing to do" in told.output


def test_the_wheel_that_the_project_keeps_and_the_version_that_it_names_are_the_new_ones(shop):
    shop.upgrade({})

    assert [path.name for path in (shop.root / "vendor").iterdir()] == ["carboy-0.1.0-py3-none-any.whl"]
    assert table(shop) == {"package": "shop", "version": "0.1.0", "without": ["calculator"]}


def test_the_version_is_written_whatever_you_changed_beside_it(shop):
    mine = shop.text("pyproject.toml").replace('package = "shop"\n', 'package = "shop"\nours = 1\n')
    mine = mine.replace('["calculator"]', '[\n    "calculator",\n]').replace("[accounts]", "[accounts,live]")
    shop.change({"pyproject.toml": mine})

    told = shop.upgrade({}, optional=("calculator", "todos", "wiki"), without=("calculator", "wiki"))

    assert told.exit_code == 0, told.output
    assert table(shop) == {"package": "shop", "version": "0.1.0", "without": ["calculator", "wiki"], "ours": 1}
    assert "carboy[accounts,live]" in shop.text("pyproject.toml")


def test_a_wheel_of_the_same_version_that_is_another_is_upgraded_to(shop):
    told = shop.upgrade({HOME: "NEW = True\n"}, version="0.0.9")

    assert told.exit_code == 0, told.output
    assert shop.text(HOME) == "NEW = True\n"


def test_files_come_and_go_with_the_bits_that_let_them_run(shop):
    shop.upgrade({"deploy/start": ("#!/bin/sh\n", True), "release": (shop.old["release"][0], False), "Makefile": None})

    assert os.access(shop.root / "deploy/start", os.X_OK)
    assert not os.access(shop.root / "release", os.X_OK)
    assert not (shop.root / "Makefile").exists()


def test_a_folder_that_nothing_is_left_in_goes(shop):
    shop.upgrade({"shop/templates/home.html": None})

    assert not (shop.root / "shop/templates").exists()


def test_a_file_that_the_new_starter_lacks_and_you_edited_stays_and_is_told(shop):
    shop.change({"Makefile": "ours:\n"})

    told = shop.upgrade({"Makefile": None})

    assert told.exit_code == 1
    assert "Makefile: deleted in the new starter, and edited by you" in told.output
    assert shop.text("Makefile") == "ours:\n"


def test_a_picture_that_both_changed_stays_yours_and_is_told(shop):
    shop.change({"shop/static/logo.png": b"\0ours"})

    told = shop.upgrade({"shop/static/logo.png": b"\0theirs"})

    assert told.exit_code == 1
    assert "shop/static/logo.png: no text" in told.output
    assert (shop.root / "shop/static/logo.png").read_bytes() == b"\0ours"


def test_a_picture_that_only_the_starter_changed_comes(shop):
    shop.upgrade({"shop/static/logo.png": b"\0theirs"})

    assert (shop.root / "shop/static/logo.png").read_bytes() == b"\0theirs"


def test_what_you_deleted_stays_deleted_a_whole_feature_too(shop):
    mine = {path: None for path in shop.old if "todos" in path}
    shop.change(mine | {"shop/features.py": shop.text("shop/features.py").replace('    "shop.todos",\n', "")})
    news = {"shop/todos/domain.py": "LONGEST = 200\n", "shop/todos/new.py": "", "tests/todos/test_new.py": ""}

    told = shop.upgrade(news | {HOME: "NEW = True\n"})

    assert told.exit_code == 0, told.output
    assert shop.changed() == {HOME, "pyproject.toml"}
    assert "shop/todos/new.py: new; you deleted shop/todos/" in told.output


def test_a_feature_that_was_left_out_stays_out(shop):
    shop.upgrade({"shop/calculator/__init__.py": "", "tests/calculator/test_sums.py": ""})

    assert shop.changed() == {"pyproject.toml"}


def test_a_new_feature_stays_out_is_told_and_comes_when_it_is_asked_for(shop):
    said = {"optional": ("calculator", "todos", "wiki"), "without": ("calculator", "wiki")}
    told = shop.upgrade({"shop/wiki/__init__.py": ""}, **said)
    left_out = table(shop)["without"]
    shop.commit()

    wanted = shop.upgrade({"shop/wiki/__init__.py": ""}, "--with", "wiki", optional=said["optional"])

    assert left_out == ["calculator", "wiki"]
    assert "New, and left out: wiki" in told.output
    assert wanted.exit_code == 0, wanted.output
    assert table(shop)["without"] == ["calculator"]
    assert (shop.root / "shop/wiki/__init__.py").exists()


def test_a_feature_that_nobody_knows_cannot_be_asked_for(shop):
    told = shop.upgrade({}, "--with", "wikki")

    assert told.exit_code == 1
    assert "Choose of: calculator, todos." in told.output
    assert shop.changed() == set()


def test_migrations_and_secrets_are_never_touched(shop):
    (shop.root / ".env").write_text("SECRET_KEY=ours")

    told = shop.upgrade(
        {"migrations/versions/a1.py": "theirs", "migrations/versions/b2.py": "theirs", ".env": "theirs"}
    )

    assert "a1" in shop.text("migrations/versions/a1.py")
    assert shop.text(".env") == "SECRET_KEY=ours"
    assert shop.changed() == {"pyproject.toml"}
    assert "flask db check" in told.output


def test_a_dry_run_shows_the_difference_and_writes_nothing(shop):
    (shop.root / "uncommitted.txt").write_text("")
    new = {HOME: home_with(shop, "Good morning", "Hello"), "shop/new.py": "NEW = True", "Makefile": None}

    told = shop.upgrade(
        new | {"release": (shop.old["release"][0], False), "shop/static/logo.png": b"\0theirs"}, "--dry-run"
    )

    assert told.exit_code == 0, told.output
    assert shop.changed() == {"uncommitted.txt"}
    assert "--- a/shop/home.py\n+++ b/shop/home.py\n" in told.output
    assert '-GREETING = "Good morning"\n+GREETING = "Hello"\n' in told.output
    assert "--- /dev/null\n+++ b/shop/new.py\n" in told.output
    assert "--- a/Makefile\n+++ /dev/null\n" in told.output
    assert "Binary files a/shop/static/logo.png and b/shop/static/logo.png differ" in told.output
    assert "release: can no longer be run" in told.output


def test_the_difference_of_a_dry_run_is_what_git_would_apply(shop):
    new = {HOME: "NEW = True", "shop/new.py": "NEW = True\n", "Makefile": None}
    told = shop.upgrade(new, "--dry-run")
    text = told.output.partition("Binary")[0]  # the wheels
    text = text[text.index("--- a/") :]

    subprocess.run(["git", "apply", "-"], input=text, cwd=shop.root, text=True, check=True)

    assert shop.changed() == {HOME, "shop/new.py", "Makefile", "pyproject.toml"}


@pytest.mark.parametrize("name", ["untracked.txt", HOME])
def test_a_tree_with_changes_is_refused(shop, name):
    (shop.root / name).write_text("ours")

    told = shop.upgrade({HOME: "NEW = True\n"})

    assert (told.exit_code, shop.text(name)) == (1, "ours")
    assert f"not committed ({name})" in told.output


def test_a_folder_without_git_is_refused(shop):
    (shop.root / ".git").rename(shop.elsewhere / "git")

    told = shop.upgrade({})

    assert told.exit_code == 1
    assert "git init" in told.output


def test_a_project_in_a_folder_of_a_larger_repository_is_upgraded_alone(shop, monkeypatch, tmp_path):
    (shop.root / ".git").rename(tmp_path / ".git")
    (tmp_path / ".gitignore").write_text("wheels\n")
    shop.commit()
    (tmp_path / "elsewhere.txt").write_text("not the project's")

    told = shop.upgrade({HOME: "NEW = True\n"})

    assert told.exit_code == 0, told.output
    assert shop.text(HOME) == "NEW = True\n"


def test_an_older_carboy_is_refused(shop):
    told = shop.upgrade({}, version="0.0.8")

    assert (told.exit_code, shop.changed()) == (1, set())
    assert "git revert" in told.output


def test_versions_are_numbers_and_no_words(shop):
    assert shop.upgrade({}, version="0.0.10").exit_code == 0


def test_conflicts_that_are_not_resolved_are_refused(shop):
    shop.change({HOME: "<<<<<<< yours\na\n=======\nb\n>>>>>>> Carboy 0.0.9\n"})

    told = shop.upgrade({})

    assert told.exit_code == 1
    assert f"not resolved in {HOME}" in told.output


def test_a_project_file_that_cannot_be_read_is_told_in_a_sentence(shop):
    shop.change({"pyproject.toml": "<<<<<<< yours\n"})

    told = shop.upgrade({})

    assert told.exit_code == 1
    assert "pyproject.toml cannot be read" in told.output


def test_a_project_without_the_wheel_it_is_of_is_refused_unless_it_is_named(shop):
    shop.change({"vendor/carboy-0.0.9-py3-none-any.whl": None})

    refused = shop.upgrade({})
    told = shop.upgrade({HOME: "NEW = True\n"}, "--base", shop.elsewhere / "carboy-0.0.9-py3-none-any.whl")

    assert (refused.exit_code, told.exit_code) == (1, 0)
    assert "--base WHEEL" in refused.output
    assert not list(shop.root.glob("vendor/*"))  # it kept none, so it is given none


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("flask-1.0-py3-none-any.whl", b"", "no wheel of Carboy"),
        ("carboy-0.1.0-py3-none-any.whl", b"torn", "cannot be unpacked"),
        ("carboy-0.1.0-py3-none-any.whl", b"PK\5\6" + bytes(18), "from before"),
    ],
)
def test_what_is_no_carboy_is_refused(shop, name, content, words):
    (shop.elsewhere / name).write_bytes(content)

    told = shop.run("--from", shop.elsewhere / name)

    assert (told.exit_code, shop.changed()) == (1, set())
    assert words in told.output


def test_a_starter_that_cannot_be_drawn_is_told_and_nothing_is_written(shop, monkeypatch):
    monkeypatch.setattr("carboy.cli.upgrade.editions._DRAWING", "carboy.cli.upgrade.__init__")

    told = shop.upgrade({HOME: "NEW = True\n"})

    assert (told.exit_code, shop.changed()) == (1, set())


def test_releases_say_what_they_ask_of_you(shop):
    sections = "# Upgrading\n\n## 0.2.0\n\nLater.\n\n## 0.1.0\n\nRename a setting.\n\n## 0.0.9\n\nEarlier.\n"

    told = shop.upgrade({}, upgrading=sections)

    assert "## 0.1.0\n\nRename a setting.\n" in told.output
    assert "Later" not in told.output
    assert "Earlier" not in told.output


def test_what_git_ignores_is_left_and_told(shop):
    shop.change({".gitignore": shop.text(".gitignore") + "notes.txt\n"})
    (shop.root / "notes.txt").write_text("ours")

    told = shop.upgrade({"notes.txt": "theirs"})

    assert (told.exit_code, shop.text("notes.txt")) == (1, "ours")
    assert "notes.txt: git keeps no file of this name" in told.output


def test_nothing_is_written_through_a_link(shop, tmp_path):
    (tmp_path / "outside").mkdir()
    (shop.root / "deploy").symlink_to(tmp_path / "outside")
    shop.commit()

    told = shop.upgrade({"deploy/start": "theirs"})

    assert told.exit_code == 1
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_what_holds_up_the_writing_leaves_everything_as_it_was(shop, monkeypatch, error):
    put, times = writing._replace, []

    def fail_at_the_third(path, file):
        times.append(path)
        if len(times) == 3:
            raise error
        put(path, file)

    monkeypatch.setattr(writing, "_replace", fail_at_the_third)

    told = shop.upgrade({HOME: "NEW = True\n", "release": "new", "shop/new/a.py": "", "Makefile": None})

    assert told.exit_code == 1
    assert len(times) > 3
    assert shop.git("status", "--porcelain") == ""
    assert not (shop.root / ".git/carboy-upgrade").exists()


def refused(path, *_more, **_named):
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize(
    "step", ["carboy.cli.upgrade.writing._replace", "carboy.cli.upgrade.repository.Path.write_text"]
)
def test_a_folder_that_cannot_be_written_is_told_in_a_sentence_and_nothing_is_changed(shop, monkeypatch, step):
    wheel = shop.wheel("0.1.0", {HOME: "NEW = True\n"})
    monkeypatch.setattr(step, refused)
    if step.endswith("write_text"):
        monkeypatch.setattr("pathlib.Path.unlink", refused)  # nor can what is not there be removed

    told = shop.run("--from", wheel)

    assert (told.exit_code, shop.git("status", "--porcelain")) == (1, "")
    assert "cannot be written: Permission denied; nothing was changed" in told.output


def test_what_cannot_be_taken_back_is_told_and_the_next_upgrade_knows(shop, monkeypatch):
    put, times = writing._replace, []

    def fail_from_the_second(path, file):
        times.append(path)
        return put(path, file) if len(times) == 1 else refused(path)

    monkeypatch.setattr(writing, "_replace", fail_from_the_second)

    told = shop.upgrade({HOME: "NEW = True\n", "release": "new"})
    again = shop.run("--from", shop.elsewhere / "carboy-0.1.0-py3-none-any.whl")

    assert (told.exit_code, "nothing was changed" in told.output) == (1, False)
    assert "Not everything could be taken back" in told.output
    assert "An upgrade was interrupted" in again.output


def test_one_that_was_killed_in_the_middle_is_told_and_can_be_taken_back(shop):
    wheel = shop.wheel("0.1.0", {HOME: "NEW = True\n", "Makefile": None, "shop/new.py": "", "release": "new"})
    killed = (
        "import os, signal; from carboy.cli.upgrade import writing; from carboy.cli.command import main\n"
        "put = writing._put\n"
        "def die(root, name, file):\n"
        "    if name == 'shop/home.py': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    put(root, name, file)\n"
        "writing._put = die\n"
        f"main(['upgrade', '--from', {str(wheel)!r}])"
    )
    died = subprocess.run([sys.executable, "-c", killed], cwd=shop.root)
    half_done = shop.changed()

    refused = shop.run("--from", wheel)
    subprocess.run(refused.output.rpartition(": ")[2], shell=True, cwd=shop.root, check=True, capture_output=True)
    again = shop.run("--from", wheel)

    assert died.returncode == -signal.SIGKILL
    assert "Makefile" in half_done
    assert "An upgrade was interrupted" in refused.output
    assert again.exit_code == 0, again.output
    assert HOME in shop.changed()


def test_names_that_are_no_ascii_are_upgraded_too(shop):
    shop.upgrade({"shop/größe ü.txt": "theirs\n"})

    assert shop.text("shop/größe ü.txt") == "theirs\n"
