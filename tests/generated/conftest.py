"""One wheel, one environment in which nothing but Carboy is installed, and the projects that are made with it."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from projects import PROJECTS, ROOT, Project, Stopwatch, asked, run, slowness

PAGES = ("/", "/todos", "/api/v1/foss", "/api/v1/calculator/add?a=1&b=2", "/api/v1/docs")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Carboy, as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    code, said = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    assert code == 0, said
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="session")
def stopwatch():
    return Stopwatch()


@pytest.fixture(scope="session")
def shop(new_place, wheel, stopwatch):
    """The project with everything, and its first page: from an empty folder, by three commands."""
    folder = new_place("empty")
    stopwatch.slowness = slowness()
    with stopwatch.timed("install"):
        assert run(sys.executable, "-m", "venv", "tools", folder=folder)[0] == 0
        code, said = run("tools/bin/pip", "install", "--quiet", wheel, folder=folder)
        assert code == 0, said
    with stopwatch.timed("carboy new"):
        code, said = run("tools/bin/carboy", "new", "shop", folder=folder)
        assert code == 0, said
    project = Project(folder / "shop")
    with stopwatch.timed("make run"), project.running() as address:
        page = asked(f"{address}/")[1]
    return project, page


@pytest.fixture(scope="session")
def projects(shop):
    """Every project. The first has an environment of its own; the others are installed there beside it."""
    first, _page = shop
    folder = first.folder.parent
    made = {"shop": first}
    assert first.make("setup")[0] == 0
    binaries = first.folder / ".venv/bin"
    install = [binaries / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", "."]
    if not (binaries / "pip").exists():
        install = ["uv", "pip", "install", "--quiet", "--python", binaries / "python", *install[5:]]
    for name, without in list(PROJECTS.items())[1:]:
        code, said = run("tools/bin/carboy", "new", name, "--without", ",".join(without), folder=folder)
        assert code == 0, said
        code, said = run(*install, folder=folder / name)
        assert code == 0, said
        made[name] = Project(folder / name, binaries)
    return made


@pytest.fixture(scope="session")
def examined(projects):
    """What became of each project, two of which are examined at a time."""
    with ThreadPoolExecutor(2) as both:
        yield {name: both.submit(_examined, project) for name, project in projects.items()}


def _examined(project):
    found = {
        "make check": project.make("check"),
        "make test": project.make("test", "ARGS=-n 0"),
        "make format": project.make("format"),
        "git status": run("git", "status", "--short", folder=project.folder),
    }
    with project.running() as address:
        return found, {path: asked(f"{address}{path}") for path in PAGES}
