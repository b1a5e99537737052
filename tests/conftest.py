"""A small application of its own for each test of the library: `make_app(setting=value)`."""

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest

from carboy.settings import Settings

# How long an example takes, and how long it takes to think of one, says how busy the machine is.
hypothesis.settings.register_profile(
    "whatever it takes", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("whatever it takes")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """Leave to the long ones what seldom says more than others do, and begin with what takes longest.

    Else one process is at work on that when the others have nothing left to do.
    """
    for item in items:
        if "quick" not in item.keywords and _seldom_says_more(item):
            item.add_marker(pytest.mark.long)
    yield
    items.sort(key=lambda item: item.path.stem not in _SLOWEST)


_SLOWEST = {
    "test_added_features",
    "test_followed_pages",
    "test_from_wheel_to_wheel",
    "test_generated_projects",
    "test_generated_requests",
    "test_image",
    "test_injection",
    "test_nothing_is_lost",
    "test_two_commands",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file together, in the process that has made what they share, such as five projects."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return nodeid if Path(file).stem in _EACH_BY_ITSELF else file

    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


# Whose tests share nothing, and take long: any process takes the next one.
_EACH_BY_ITSELF = {"test_generated_requests", "test_injection", "test_nothing_is_lost"}


_WHOLE = {"browser", "processes", "races", "with_celery"}


def _seldom_says_more(item):
    """Whole processes, browsers, races, a third kind of database; of the starter, which says it again, a second."""
    kind, folder = getattr(getattr(item, "callspec", None), "id", ""), item.path.parent
    of_the_starter = item.nodeid.startswith("starter/")
    return (
        folder.name in _WHOLE
        or "mariadb" in kind
        or (of_the_starter and ("postgresql" in kind or folder.name == "security"))
    )


class _TellsAtOnce:
    """Say which test has failed when it has: a run of an hour may be stopped before it comes to its summary."""

    def __init__(self, terminal):
        self.terminal = terminal

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.terminal.write_line(f"\n{report.nodeid} failed {report.when}: {_first_words(report.longreprtext)}")


def _first_words(text):
    return next((line for line in text.splitlines() if line.startswith("E ")), text[-300:])


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    if terminal := config.pluginmanager.get_plugin("terminalreporter"):
        config.pluginmanager.register(_TellsAtOnce(terminal))


def pytest_terminal_summary(terminalreporter):
    """Print what tests have measured, whichever process they ran in."""
    for report in terminalreporter.getreports("passed"):
        for measured in (value for name, value in report.user_properties if name == "measured"):
            terminalreporter.write_line(f"{report.nodeid}: {measured}")


@pytest.fixture(autouse=True)
def log_of_its_own():
    """The log is the process's, and the application of an earlier test may have made it say less."""
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def new_place():
    """Make a folder for something that has tests of its own.

    Each run of pytest that begins shuts the folder in which those of all others lie; and the PostgreSQL of a project's
    environment, which runs as somebody else, is in there with it.
    """
    with ExitStack() as until_then:

        def make(name):
            folder = Path(until_then.enter_context(TemporaryDirectory(prefix=f"carboy-{name}-")))
            folder.chmod(0o755)
            return folder

        yield make


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder of a project whose package is called `shop`."""
    (tmp_path / "shop" / "templates").mkdir(parents=True)
    (tmp_path / "shop" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


@pytest.fixture
def make_settings(project):
    def make(mode="testing", **values):
        return Settings.load(root=project, environ={}, mode=mode, **values)

    return make


class Everything(set):
    """A set that holds whatever it is asked for."""

    def __contains__(self, _anything):
        return True


@pytest.fixture
def every_door_is_open():
    """Most tests are about something else than who may come in; those that are not say False."""
    return True


@pytest.fixture
def make_app(make_settings, every_door_is_open):
    from carboy.app import create_app
    from carboy.data.flask import data_of
    from carboy.testing.rules import compile_once

    compile_once()
    made = []

    def make(*, features=(), extensions=(), migrated=False, **values):
        app = create_app("shop", make_settings(**values), features=features, extensions=extensions)
        made.append(app)
        if every_door_is_open:
            app.extensions["carboy.doors"].opened = Everything()
        if migrated:
            data_of(app).migrations.upgrade(data_of(app).database)
        return app

    yield make
    for app in made:
        data_of(app).database.close()


DEPLOYED = {
    "mode": "production",
    "secret_key": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "jwt_secret_key": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "database_url": "postgresql://shop:pw@localhost/shop",
    "app_base_url": "https://shop.example.org",
    "trusted_hosts": ("shop.example.org",),
}


@pytest.fixture
def deployed():
    """Settings that production accepts."""
    return dict(DEPLOYED)


@pytest.fixture
def beside():
    """Start a function in a thread of its own; what is given tells its result or raises its error."""
    with ThreadPoolExecutor(32) as threads:
        yield threads.submit


@pytest.fixture
def at_once(beside):
    """Call a function in many threads at the same moment, and give their futures when all have ended."""

    def call(function, *, threads):
        gate = threading.Barrier(threads, timeout=30)
        futures = [beside(lambda: (gate.wait(), function())[1]) for _ in range(threads)]
        wait(futures)
        return futures

    return call
