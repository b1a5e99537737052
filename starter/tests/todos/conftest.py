"""Somebody who asks about todos: `ada("POST", "/todos", {"title": "Milk"})`."""

import pytest


class Asker:
    """A user of the API."""

    def __init__(self, client, user, headers):
        self._client, self.user, self._headers = client, user, headers

    def __call__(self, method, path, json=None, **options):
        headers = {**self._headers, **options.pop("headers", {})}
        return self._client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **options)

    def makes(self, title="Milk", **said):
        """Make a todo, and return what the API says of it."""
        answer = self("POST", "/todos", {"title": title, **said})
        assert answer.status_code == 201, answer.json
        return answer.json


@pytest.fixture
def asker(app, users):
    """Make a user, and let them ask."""

    def make(name, **columns):
        user = users.make(f"{name}@example.com", username=name, **columns)
        return Asker(app.test_client(use_cookies=False), user, users.headers(user))

    return make


@pytest.fixture
def ada(asker):
    return asker("ada", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def grace(asker):
    return asker("grace")


@pytest.fixture
def eve(asker):
    return asker("eve")
