"""`tools/install`: from a requirement file to an environment, on machines that have uv and on those that have not."""

import pytest
from artefacts import ROOT
from stages import Stage

# Its environment has the same python, and its pip brings uv along where there is one to be had.
PYTHON = """python\\ -m\\ venv*) mkdir -p v/bin && cp "$0" v/bin/python ;;
*/uv.txt) cp bin/fetched v/bin/uv ;;"""
UV = """uv\\ venv*) mkdir -p v/bin && cp bin/python v/bin/python ;;"""

LOCKED = "install --require-hashes -r r.txt"
PROJECTS = "install --no-deps --no-build-isolation --force-reinstall a.whl -e ."


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path, tmp_path, others="/usr/bin:/bin")
    stage.stand_in("python", PYTHON)
    return stage


def made(stage):
    """What was asked for to make the environment."""
    finished = stage.run(ROOT / "starter/tools/install", "python", "v", "r.txt", "a.whl", "-e", ".")
    assert finished.returncode == 0, finished.stderr
    asked = [call.replace(" --quiet", "").replace(" --disable-pip-version-check", "") for call in stage.calls]
    return [call for call in asked if " -c " not in call and "--version" not in call]


def test_uv_installs_where_there_is_one(stage):
    stage.stand_in("uv", UV)

    assert made(stage) == [
        "uv venv --python python v",
        f"uv pip {LOCKED.replace('install', 'install --python v/bin/python')}",
        f"uv pip {PROJECTS.replace('install', 'install --python v/bin/python', 1)}",
    ]


def test_where_there_is_none_the_environment_gets_its_own(stage):
    stage.stand_in("fetched")

    assert made(stage) == [
        "python -m venv v",
        f"python -m pip install --require-hashes -r {ROOT}/starter/tools/uv.txt",
        f"fetched pip {LOCKED.replace('install', 'install --python v/bin/python')}",
        f"fetched pip {PROJECTS.replace('install', 'install --python v/bin/python', 1)}",
    ]


def test_it_is_fetched_once(stage):
    stage.stand_in("fetched")
    made(stage)

    assert not [call for call in made(stage) if "uv.txt" in call or "venv" in call]


def test_where_none_is_to_be_had_pip_installs(stage):
    assert made(stage)[2:] == [f"python -m pip {LOCKED}", f"python -m pip {PROJECTS}"]


def test_what_uv_cannot_do_pip_may(stage):
    """An index of a firm's own, say, of which only pip was told."""
    stage.stand_in("uv", f"{UV}\n*) exit 1 ;;")

    assert [call for call in made(stage) if "pip" in call][1::2] == [
        f"python -m pip {LOCKED}",
        f"python -m pip {PROJECTS}",
    ]


def test_what_neither_can_do_is_an_error(stage):
    stage.stand_in("python", f"{PYTHON}\n*r.txt) exit 1 ;;")

    assert stage.run(ROOT / "starter/tools/install", "python", "v", "r.txt", "a.whl").returncode == 1


def test_a_python_that_is_too_old_is_told_and_nothing_is_made(stage):
    stage.stand_in("python", "*) exit 1 ;;")

    finished = stage.run(ROOT / "starter/tools/install", "python", "v", "r.txt", "a.whl")

    assert finished.returncode == 1
    assert finished.stderr.startswith("Python 3.11 or newer is needed; python is older.")
    assert not (stage.folder / "v").exists()
