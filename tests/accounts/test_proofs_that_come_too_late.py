"""A password that was right, for something that changed while it was judged."""

import pytest
from sign_in_fixtures import PASSWORD
from werkzeug.security import generate_password_hash

from carboy.accounts import changing, finding, proving, signing_in
from carboy.accounts.finding import Login
from carboy.accounts.refusals import TokenRevoked
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind

ADA = Login(email="ada@example.com")
ANOTHER = "seventeen green umbrellas sing"


@pytest.fixture
def ada(make_user):
    return make_user(ADA.email)


@pytest.fixture
def log_in(room, ada):
    return lambda: signing_in.log_in(room, ADA, PASSWORD, kind=Kind.JWT, caller=HERE)


def keep_an_older_hash(room, user):
    with room.database.transaction() as session:
        older = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000")
        finding.change(room, session, user.id, {"password_hash": older})


def test_of_two_who_sign_in_at_once_with_a_hash_that_is_made_better_both_may(room, ada, log_in, monkeypatch):
    keep_an_older_hash(room, ada)
    hash_one, held = room.hasher.hash, []

    def while_another_signs_in(password):
        monkeypatch.undo()
        held.append(log_in())
        return hash_one(password)

    monkeypatch.setattr(room.hasher, "hash", while_another_signs_in)
    held.append(log_in())

    assert len({one.session_id for one in held}) == 2
    assert finding.find(room, ADA).password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("proven", ["reauthenticate", "change_password"])
def test_a_sign_in_that_was_ended_gets_no_new_tokens_for_the_right_password(room, log_in, proven):
    held = log_in()
    signing_in.log_out(room, held.session_id, caller=HERE)

    with pytest.raises(TokenRevoked):
        if proven == "reauthenticate":
            proving.reauthenticate(room, held.session_id, PASSWORD, caller=HERE)
        else:
            changing.change_password(room, held.session_id, PASSWORD, ANOTHER, caller=HERE)

    assert log_in()  # with the password as it was
