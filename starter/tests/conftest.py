"""The API's document, for whoever asks what it says of some operation."""

import pytest
from carboy.web.openapi.document import document


@pytest.fixture
def said(app):
    return document(app)


@pytest.fixture
def operations(said):
    """Every operation by its name."""
    found = [operation for path in said["paths"].values() for operation in path.values()]
    return {operation["operationId"]: operation for operation in found}
