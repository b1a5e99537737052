"""The wheel: the starter is in it, and an installed Carboy makes it once more."""

import subprocess
import sys
import tarfile
from importlib.metadata import Distribution
from pathlib import Path
from zipfile import ZipFile

import pytest

from carboy.cli.new.starter import files_of, starter_folder
from carboy.cli.new.wheel import pack_again, put_wheel

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel") / "vendor"
    put_wheel(folder)
    (built,) = folder.iterdir()
    return built


def contents(wheel):
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_starter_lies_in_the_wheel_as_it_lies_in_the_repository(wheel):
    tracked = subprocess.run(["git", "ls-files", "starter"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    packed = {name: content for name, content in contents(wheel).items() if name.startswith("carboy/_starter/")}

    there = {f"carboy/_starter/{path}": (ROOT / "starter" / path).read_bytes() for path in files_of(starter_folder())}
    assert packed == there
    assert {name.replace("carboy/_starter", "starter") for name in packed} == set(tracked) or not tracked


def test_an_installed_carboy_makes_the_wheel_that_it_was_installed_from(wheel, tmp_path):
    site = tmp_path / "site-packages"
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    about = next(site.glob("*.dist-info"))
    for written_by_installers in ("INSTALLER", "REQUESTED"):
        (about / written_by_installers).write_text("pip")
    with (about / "RECORD").open("a") as record:
        record.write(f"{about.name}/INSTALLER,,\ncarboy/__pycache__/errors.cpython-311.pyc,,\n../../../bin/carboy,,\n")

    (tmp_path / "again").mkdir()
    again = pack_again(Distribution.at(about), tmp_path / "again")

    assert again.name == wheel.name
    before, after = contents(wheel), contents(again)
    record = next(name for name in before if name.endswith("/RECORD"))
    assert sorted(before.pop(record).split()) == sorted(after.pop(record).split())
    assert after == before


def test_the_wheel_that_is_made_of_the_source_distribution_is_the_same(wheel, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--directory", tmp_path, "--target"]
    subprocess.run([*build, "sdist"], cwd=ROOT, check=True, capture_output=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="tar")  # two files of the starter are links to those above it
    subprocess.run(
        [*build, "wheel"], cwd=tmp_path / packed.name.removesuffix(".tar.gz"), check=True, capture_output=True
    )

    (again,) = tmp_path.glob("*.whl")
    assert contents(again) == contents(wheel)


def test_the_same_carboy_makes_the_same_wheel(wheel, tmp_path):
    made = []
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(pack_again(Distribution.at(next(tmp_path.glob("*.dist-info"))), tmp_path / name).read_bytes())

    assert made[0] == made[1]


def test_the_command_is_there_without_what_it_does(tmp_path):
    """Help must not wait for the imports of what nobody asked for."""
    program = "import sys; from carboy.cli.command import main; main(['--help'], standalone_mode=False);"
    program += "sys.exit(bool({'pydantic', 'sqlalchemy', 'alembic'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True).returncode == 0
