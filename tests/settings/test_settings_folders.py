"""The folders of a single-page application open nothing but what was built."""

import pytest

from carboy.errors import SettingsError
from carboy.settings import Settings


@pytest.fixture
def root(tmp_path):
    for folder in ("shop/dist/assets", "shop/api", "shop/static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "shop/dist/index.html").write_text("<title>spa</title>")
    return tmp_path / "shop"


def load(root, **folders):
    names = {"template": "FLASK_TEMPLATE_DIR", "static": "FLASK_STATIC_DIR"}
    return Settings.load(root=root, environ={names[kind]: folder for kind, folder in folders.items()})


@pytest.mark.parametrize(
    ("folders", "why"),
    [
        ({"static": "."}, "whole project"),
        ({"static": ".."}, "whole project"),
        ({"static": "dist", "template": "dist"}, "holds the templates"),
        ({"static": "api"}, "named like an address"),
    ],
)
def test_a_folder_that_opens_more_than_built_files_is_refused(root, folders, why):
    with pytest.raises(SettingsError, match=why):
        load(root, **folders)


@pytest.mark.parametrize("folders", [{"static": "dist/assets", "template": "dist"}, {"static": "static"}])
def test_a_folder_of_built_files_is_taken(root, folders):
    assert load(root, **folders).static_dir.is_dir()
