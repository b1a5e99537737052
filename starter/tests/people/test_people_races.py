"""Two at once: of several pictures that one person sends at the same moment one is left, and nothing of the others."""

import pytest
from carboy.data.flask import data_of
from carboy.files.flask import files_of
from racing import at_once, codes, migrated_app
from sent_pictures import picture
from sqlalchemy import delete, select

from starter.accounts.domain import User

__all__ = ["migrated_app"]  # the fixture `migrated`

COLOURS = ("red", "green", "blue", "white")


@pytest.fixture
def app(migrated):
    yield migrated
    with data_of(migrated).database.transaction() as session:
        for user_id in session.scalars(select(User.id)):
            files_of(migrated).drop_all_of(f"user:{user_id}")
        session.execute(delete(User))


def test_of_pictures_that_are_sent_at_once_one_is_left_and_no_orphan(app, ada, kept):
    answers = at_once(*[lambda colour=colour: ada.shows(picture(colour=colour)) for colour in COLOURS * 2])

    assert codes(answers) == [200] * 8
    shown = ada("GET", ada.face)
    assert shown.status_code == 200
    assert files_of(app).used_by(f"user:{ada.user.id}") == len(shown.data)
    assert kept() == (1, 1)


def test_a_picture_that_is_sent_and_removed_at_once_is_there_or_not_and_no_orphan(app, ada, kept):
    for _ in range(4):
        answers = at_once(ada.shows, lambda: ada("DELETE", "/people/me/picture"), ada.shows)

        assert codes(answers) == [200, 200, 204]
        count = 1 if ada("GET", ada.face).status_code == 200 else 0
        assert kept() == (count, count)


def test_whoever_goes_while_they_send_a_picture_leaves_none(ada, kept):
    answers = at_once(ada.shows, lambda: ada("DELETE", "/users/me"))

    assert answers[1].status_code == 204
    assert answers[0].status_code in (200, 401, 409)
    assert kept() == (0, 0)
