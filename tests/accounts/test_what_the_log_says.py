"""The log says what happened, and not what was undone."""

import logging

import pytest

from carboy.accounts import changing
from carboy.accounts.room import HERE


def test_what_was_undone_is_not_said_to_have_happened(room, make_user, sign_in, caplog):
    ada = make_user()
    sign_in()
    caplog.clear()

    with caplog.at_level(logging.INFO, "carboy.accounts"), pytest.raises(ConnectionError), room.database.transaction():
        changing.delete_account(room, ada.id, caller=HERE)
        raise ConnectionError

    assert [record.message for record in caplog.records if record.name == "carboy.accounts"] == []


def test_what_happened_is_said_once_it_is_kept(room, make_user, caplog):
    ada = make_user()

    with caplog.at_level(logging.INFO, "carboy.accounts"):
        changing.delete_account(room, ada.id, caller=HERE)

    assert caplog.messages[-1] == "account: account.deleted"
