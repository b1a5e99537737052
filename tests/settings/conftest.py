"""A folder of a project and a way to load its settings, apart from the environment of the test run."""

import pytest

from carboy.errors import SettingsError
from carboy.settings import Settings

GOOD = {
    "FLASK_ENV": "production",
    "SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "DATABASE_URL": "postgresql://shop:pw@db.shop.test/shop",
    "APP_BASE_URL": "https://shop.example.org",
    "TRUSTED_HOSTS": "shop.example.org",
    "PROXY_FIX": "1,1,0,0,0",
}


@pytest.fixture
def good():
    """An environment that production accepts."""
    return dict(GOOD)


class Project:
    """A project's folder, and what its settings come to."""

    def __init__(self, root):
        self.root = root

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def load(self, environ=None, cls=Settings, **overrides):
        return cls.load(root=self.root, environ=environ or {}, **overrides)

    def faults(self, environ=None, cls=Settings, **overrides):
        """What is wrong, as a list of sentences; nothing is fine too."""
        try:
            self.load(environ, cls, **overrides)
        except SettingsError as error:
            return list(error.problems)
        return []


@pytest.fixture
def shop(tmp_path):
    """The folder of a project called shop, empty."""
    return Project(tmp_path)
