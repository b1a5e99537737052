"""Where the starter is deployed: a copy, so that a test may damage it."""

import pytest
from artefacts import copy_of_the_starter


@pytest.fixture
def project(tmp_path):
    return copy_of_the_starter(tmp_path / "project")
