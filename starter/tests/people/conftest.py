"""Somebody who asks about people: `ada("GET", "/people")`, `ada.opens("/people")`. Neighbours share their time zone."""

import io

import pytest
from carboy.data.flask import data_of
from carboy.files.table import FILE_CHUNKS, FILES
from sent_pictures import picture
from sqlalchemy import func, select

from starter.accounts.domain import User
from starter.people.domain import acquaint


class Somebody:
    """A user, at the API and at a browser."""

    def __init__(self, user, browser, client, headers):
        self.user, self.browser = user, browser
        self._client, self._headers = client, headers

    def __call__(self, method, path, **options):
        return self._client.open(f"/api/v1{path}", method=method, headers=self._headers, **options)

    def opens(self, path):
        """Open a page."""
        return self.browser.get(path)

    def shows(self, content=None, name="me.png", media_type="image/png"):
        """Send a picture by the API."""
        part = {"file": (io.BytesIO(picture() if content is None else content), name, media_type)}
        return self("PUT", "/people/me/picture", data=part, content_type="multipart/form-data")

    def sees(self, **query):
        """The user names of those whom the API lists."""
        return [person["username"] for person in self("GET", "/people", query_string=query).json["items"]]

    @property
    def face(self):
        """Where the picture is, on the API and among the pages."""
        return f"/people/{self.user.id}/picture"


def neighbours(me):
    mine = select(User.time_zone).where(User.id == me).scalar_subquery()
    return select(User.id).where(User.time_zone == mine)


@pytest.fixture
def app(app):
    acquaint(app, neighbours)
    return app


@pytest.fixture
def somebody(app, users, in_browser):
    """Make a user, and let them ask."""

    def make(name, **columns):
        user = users.make(f"{name}@example.com", username=name, **columns)
        return Somebody(user, in_browser(user), app.test_client(use_cookies=False), users.headers(user))

    return make


@pytest.fixture
def ada(somebody):
    return somebody("ada", first_name="Ada", last_name="Lovelace", time_zone="Europe/London")


@pytest.fixture
def grace(somebody):
    return somebody("grace", first_name="Grace", last_name="Hopper", time_zone="Europe/London")


@pytest.fixture
def eve(somebody):
    return somebody("eve", time_zone="Asia/Seoul")


@pytest.fixture
def kept(app):
    """How many files are kept, as rows and as bytes."""

    def count():
        with data_of(app).database.reading() as session:
            rows = session.scalar(select(func.count()).select_from(FILES))
            return rows, session.scalar(select(func.count(FILE_CHUNKS.c.file_id.distinct())))

    return count
