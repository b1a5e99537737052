"""A project that the wheel of a previous version made, brought to the next: built, installed, checked.

The previous version is this repository under an earlier number, with a starter that differs; the next is this
repository with one more table in the library. Nothing is downloaded: the project's environment finds what its
requirement files ask for in that of these tests.

It runs what docs/how-to/upgrade.md shows.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

REPOSITORY = Path(__file__).parents[3]
PARTS = ("src", "starter", "pyproject.toml", "README.md", "LICENSE", "UPGRADING.md")
TABLE = """

from sqlalchemy import Column, Integer, Table

from carboy.data import Base

PARCELS = Table("carboy_parcels", Base.metadata, Column("id", Integer, primary_key=True))
"""
# A program of the project's environment, whose package lies in that of these tests.
PROGRAM = "#!{python}\nimport runpy, sys\nsys.argv[0] = '{name}'\nrunpy.run_module('{name}', run_name='__main__')\n"


class Workshop:
    """Builds wheels of this repository, changed: {path: (what stands there, what shall stand there)}."""

    def __init__(self, folder):
        self.folder, self.source = folder, folder / "source"
        kept = shutil.ignore_patterns("__pycache__", "instance", ".*cache", ".env.development", "*.sqlite*")
        self.source.mkdir()
        for part in PARTS:
            copy = shutil.copytree if (REPOSITORY / part).is_dir() else shutil.copy
            copy(REPOSITORY / part, self.source / part, **({"ignore": kept} if copy is shutil.copytree else {}))

    def wheel(self, name, changes):
        before = {path: (self.source / path).read_text() for path in changes}
        for path, (old, new) in changes.items():
            assert old in before[path], f"{path} has no {old!r} to change"
            (self.source / path).write_text(before[path].replace(old, new) if old else before[path] + new)
        place = self.folder / name
        run(self.source, sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", place)
        for path, text in before.items():
            (self.source / path).write_text(text)
        (wheel,) = place.iterdir()
        return wheel


def run(folder, *words, code=0, **variables):
    """Run a program, and give what it says."""
    surroundings = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    surroundings |= {"HOME": str(folder), "GIT_CONFIG_GLOBAL": "/dev/null", **variables}
    surroundings["PATH"] = f"{folder}/.venv/bin{os.pathsep}{surroundings['PATH']}"
    surroundings |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    for who in ("AUTHOR", "COMMITTER"):
        surroundings |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org"}
    told = subprocess.run([str(word) for word in words], cwd=folder, env=surroundings, capture_output=True, text=True)
    assert told.returncode == code, f"{words}: {told.returncode}\n{told.stdout[-4000:]}\n{told.stderr[-4000:]}"
    return told.stdout


def version():
    return next(line for line in (REPOSITORY / "pyproject.toml").read_text().splitlines() if line.startswith("version"))


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="module")
def previous(workshop):
    """What the previous version had otherwise: a line, a file, and a file that is gone since."""
    (workshop.source / "starter/starter/home/gone.py").write_text('"""Gone in the next version."""\n')
    (workshop.source / "starter/deploy/nginx/tls.conf").rename(workshop.folder / "tls.conf")
    wheel = workshop.wheel(
        "previous",
        {
            "pyproject.toml": (version(), 'version = "0.0.9"'),
            "starter/pyproject.toml": (version(), 'version = "0.0.9"'),
            "starter/starter/calculator/domain.py": ('"""', '"""Once: '),
            "starter/README.md": ("# ", "# Once: "),
        },
    )
    (workshop.source / "starter/starter/home/gone.py").unlink()
    (workshop.folder / "tls.conf").rename(workshop.source / "starter/deploy/nginx/tls.conf")
    return wheel


@pytest.fixture(scope="module")
def following(workshop):
    return workshop.wheel("following", {"src/carboy/jobs/table.py": ("", TABLE)})


@pytest.fixture(scope="module")
def once_more(workshop):
    """The following version, built once more under its number, with something else in it."""
    changes = {"src/carboy/jobs/table.py": ("", TABLE), "src/carboy/context.py": ("", "\nONCE_MORE = True\n")}
    return workshop.wheel("once_more", changes)


@pytest.fixture(scope="module")
def shop(previous, tmp_path_factory, new_place):
    """What `carboy new shop` of the previous version makes, with an environment."""
    unpacked, place = tmp_path_factory.mktemp("previous"), new_place("projects")
    shutil.unpack_archive(previous, unpacked, "zip")
    begin = "from carboy.cli.command import main; main(['new', 'shop'])"
    run(place, sys.executable, "-P", "-c", begin, PYTHONPATH=str(unpacked))
    equip(place / "shop")
    return place / "shop"


def equip(project):
    """Give it an environment, in which `make` finds installed what the requirement files ask for."""
    run(project, sys.executable, "-m", "venv", ".venv")
    python = project / ".venv/bin/python"
    packages = run(project, python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    Path(packages, "of_these_tests.pth").write_text(sysconfig.get_path("purelib"))
    for name in ("flask", "mypy", "pytest"):
        program = project / ".venv/bin" / name
        program.write_text(PROGRAM.format(python=python, name=name))
        program.chmod(0o755)
    (project / ".venv/bin/ruff").symlink_to(Path(sys.executable).with_name("ruff"))
    # uv would see what lies in the environment itself, and download the rest; pip sees what Python does.
    (project / ".venv/bin/uv").symlink_to("/bin/false")


def python(shop, code):
    return run(shop, ".venv/bin/python", "-c", code).strip()


def commit(shop):
    run(shop, "git", "add", "--all")
    run(shop, "git", "commit", "--quiet", "--allow-empty", "--message", "x")


def test_a_project_of_a_previous_wheel_is_upgraded_to_the_next_and_is_whole(shop, following, once_more):
    run(shop, "make", ".venv/run")
    assert python(shop, "import importlib.metadata as m; print(m.version('carboy'))") == "0.0.9"

    # Five files are edited; one of them where the next version changes it.
    edits = {
        "shop/calculator/domain.py": ('"""Once: ', '"""Ours: '),
        "shop/settings.py": ('"""', '"""Ours: '),
        "shop/templates/base.html": ("</body>", "<!-- ours --></body>"),
        "Makefile": ("help: ", "ours:\n\t@echo ours\n\nhelp: "),
        "deploy/nginx/default.conf.template": ("server {", "# ours\nserver {"),
    }
    for path, (old, new) in edits.items():
        text = (shop / path).read_text()
        assert old in text, path
        (shop / path).write_text(text.replace(old, new, 1))
    commit(shop)
    mine = {path: (shop / path).read_bytes() for path in edits}
    told = run(shop, ".venv/bin/carboy", "upgrade", "--from", following, code=1)

    assert "1 conflict." in told
    assert "shop/calculator/domain.py: changed by both" in told
    assert {path for path in edits if (shop / path).read_bytes() != mine[path]} == {"shop/calculator/domain.py"}
    conflict = (shop / "shop/calculator/domain.py").read_text()
    assert conflict.startswith('<<<<<<< yours\n"""Ours: ')
    assert not (shop / "shop/home/gone.py").exists()
    assert (shop / "deploy/nginx/tls.conf").exists()
    assert "Once" not in (shop / "README.md").read_text()

    # Resolved, `make check` installs the wheel that has come, and says what its models need.
    ours, _, theirs = conflict.removeprefix("<<<<<<< yours\n").partition("=======\n")
    rest = theirs.partition(">>>>>>> ")[2].partition("\n")[2]
    (shop / "shop/calculator/domain.py").write_text(ours + rest)
    commit(shop)
    checked = run(shop, "make", "check", code=2)
    assert "carboy_parcels" in checked
    assert [line.split()[0] for line in checked.splitlines() if line.endswith("FAILED")] == ["migrations"]

    run(shop, ".venv/bin/flask", "db", "upgrade", FLASK_APP="shop")
    run(shop, ".venv/bin/flask", "db", "migrate", "-m", "carboy", FLASK_APP="shop")
    (migration,) = (shop / "migrations/versions").glob("*_carboy_*.py")
    assert "carboy_parcels" in migration.read_text()
    run(shop, ".venv/bin/flask", "db", "upgrade", FLASK_APP="shop")
    run(shop, "make", "check")
    run(shop, "make", "test", "ARGS=-n 0 tests/home")
    commit(shop)

    # A second run finds nothing to do.
    assert "nothing to do" in run(shop, ".venv/bin/carboy", "upgrade", "--from", following)
    assert run(shop, "git", "status", "--porcelain") == ""

    # A wheel of the same version that holds something else is installed in the place of the other.
    run(shop, ".venv/bin/carboy", "upgrade", "--from", once_more)
    run(shop, "make", ".venv/run")
    assert python(shop, "import carboy.context as c; print(c.ONCE_MORE)") == "True"
