"""Two who change the same account at the same moment: one after the other would not have come to anything else."""

import random
from dataclasses import replace
from functools import partial

import pytest

from carboy.accounts import administering, changing, ending, mailed, proving, registering, signing_in, upkeep
from carboy.accounts.events import refused
from carboy.accounts.finding import Login, by_id
from carboy.accounts.hashing import Hasher
from carboy.accounts.refusals import InvalidCredentials, LastAdmin, LinkInvalid, TokenRevoked
from carboy.accounts.room import HERE, MOST_SESSIONS
from carboy.accounts.table import SESSIONS, Kind, Purpose
from carboy.context import utc_now
from carboy.errors import Busy, Conflict, Invalid

PASSWORD = "correct horse battery staple"
ANOTHER = "seventeen green umbrellas sing"
ADA = Login(username="ada")
ROUNDS = 6  # two that lock in different orders meet in one of them at the latest


def kinds_of(futures):
    """What came of each: None, or what it was refused with."""
    return sorted((type(error) if (error := future.exception()) else None for future in futures), key=str)


@pytest.fixture
def draw_link(room):
    def draw(user, purpose):
        with room.database.transaction() as session:
            return mailed.draw(session, user, purpose, to=user.email, lifetime=room.policy.link_lifetimes[purpose])

    return draw


def test_s46_of_four_who_use_one_link_for_a_new_password_at_once_one_may(room, make_user, draw_link, at_once):
    token = draw_link(make_user(), Purpose.RESET_PASSWORD)

    futures = at_once(lambda: changing.reset_password(room, token, ANOTHER, caller=HERE), threads=4)

    assert kinds_of(futures) == [LinkInvalid] * 3 + [None]


def test_two_links_of_one_user_followed_at_once_wait_for_each_other(room, make_user, draw_link, side_by_side):
    for number in range(ROUNDS):
        user = make_user(f"ada{number}")
        change, confirm = draw_link(user, Purpose.CHANGE_EMAIL), draw_link(user, Purpose.CONFIRM_EMAIL)

        futures = side_by_side(
            lambda token=change: changing.change_email(room, token, caller=HERE),
            lambda token=confirm: registering.confirm(room, token, caller=HERE),
        )

        assert futures[0].exception() is None
        assert {LinkInvalid, None} >= set(kinds_of(futures))


def test_four_who_sign_up_with_one_address_at_once_are_answered_alike_and_one_is_there(room, count, at_once):
    sign_up = lambda: registering.register(room, "bob@example.com", PASSWORD, caller=HERE)  # noqa: E731

    futures = at_once(sign_up, threads=4)

    assert kinds_of(futures) == [None] * 4
    assert count(room.users.c.email_normalized == "bob@example.com") == 1


def test_of_four_who_sign_up_with_one_user_name_at_once_one_gets_it(room, count, side_by_side):
    def sign_up(number):
        return lambda: registering.register(room, f"b{number}@example.com", PASSWORD, caller=HERE, username="bob")

    futures = side_by_side(*map(sign_up, range(4)))

    assert kinds_of(futures) == [Invalid] * 3 + [None]
    assert count(room.users.c.username == "bob") == 1


def test_of_two_admins_who_take_each_others_role_at_once_one_stays(room, make_user, count, side_by_side):
    for number in range(ROUNDS):
        pair = [make_user(f"{name}{number}", role="admin") for name in ("ada", "bob")]

        futures = side_by_side(
            *(lambda user=user: administering.set_role(room, user.id, "user", caller=HERE) for user in pair)
        )

        assert kinds_of(futures) == [LastAdmin, None]
        assert count(room.users.c.role == "admin") == 1
        with room.database.transaction() as session:
            session.execute(room.users.update().values(role="user"))


def test_of_two_admins_who_shut_each_other_out_at_once_one_stays(room, make_user, count, side_by_side):
    pair = [make_user(name, role="admin") for name in ("ada", "bob")]

    futures = side_by_side(
        *(lambda user=user: administering.set_active(room, user.id, active=False, caller=HERE) for user in pair)
    )

    assert kinds_of(futures) == [LastAdmin, None]


def test_who_signs_in_more_often_than_anybody_may_has_the_newest_sign_ins_and_no_more(
    room, make_user, begin, count, at_once
):
    user = make_user()
    for _ in range(MOST_SESSIONS - 2):
        begin(user, Kind.API)

    futures = at_once(lambda: signing_in.log_in(room, ADA, PASSWORD, kind=Kind.JWT, caller=HERE), threads=6)

    assert kinds_of(futures) == [None] * 6
    assert count(ending.live(user.id)) == MOST_SESSIONS
    assert count(ending.live(user.id), SESSIONS.c.kind == Kind.JWT) == 6


class Interrupted(Hasher):
    """Has something else happen while a password is judged."""

    meanwhile = None

    def verify(self, password_hash, password):
        fits = super().verify(password_hash, password)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return fits


@pytest.fixture
def interrupted(room):
    return replace(room, hasher=Interrupted())


def test_a_password_that_is_changed_while_it_is_judged_signs_nobody_in(room, interrupted, make_user, begin, count):
    user = make_user()
    own = begin(user)
    interrupted.hasher.meanwhile = lambda: changing.change_password(
        room, own.session_id, PASSWORD, ANOTHER, caller=HERE
    )

    with pytest.raises(InvalidCredentials):
        signing_in.log_in(interrupted, ADA, PASSWORD, kind=Kind.JWT, caller=HERE)

    assert count(ending.live(user.id)) == 1


def test_a_user_who_is_shut_out_while_the_password_is_judged_is_not_signed_in(room, interrupted, make_user, count):
    user = make_user()
    interrupted.hasher.meanwhile = lambda: administering.set_active(room, user.id, active=False, caller=HERE)

    with pytest.raises(InvalidCredentials):
        signing_in.log_in(interrupted, ADA, PASSWORD, kind=Kind.JWT, caller=HERE)

    assert count(ending.live(user.id)) == 0


def test_of_two_new_passwords_at_once_one_holds_and_the_other_is_told(room, make_user, begin, side_by_side):
    user = make_user()
    two = [begin(user), begin(user)]

    futures = side_by_side(
        *(
            lambda held=held: changing.change_password(room, held.session_id, PASSWORD, ANOTHER, caller=HERE)
            for held in two
        )
    )

    assert kinds_of(futures) == [Conflict, None]
    assert by_id(room, user.id).token_version == 1


@pytest.mark.parametrize("kind", [Kind.JWT, Kind.API])
def test_who_renews_a_sign_in_signs_out_and_is_signed_out_at_once_is_signed_out(
    room, make_user, begin, refresh, renew, count, side_by_side, kind
):
    next_of = refresh if kind == Kind.JWT else renew
    for number in range(ROUNDS):
        user = make_user(f"ada{number}")
        held = begin(user, kind)

        futures = side_by_side(
            lambda held=held: next_of(held),
            lambda held=held: signing_in.log_out(room, held.session_id, caller=HERE),
            lambda user=user: administering.end_sessions(room, user.id, caller=HERE),
        )

        assert {TokenRevoked, None} >= set(kinds_of(futures))
        assert kinds_of(futures[1:]) == [None, None]
        assert count(ending.live(user.id)) == 0


@pytest.mark.long
def test_whatever_is_done_to_one_account_at_once_nobody_waits_in_a_ring(
    room, make_user, begin, refresh, renew, draw_link, side_by_side
):
    make_user("root", role="admin")
    for number in range(40):
        user = make_user(f"ada{number}", role="admin" if number % 2 else "user")
        jwt, program, another = begin(user), begin(user, Kind.API), begin(user, Kind.API)
        reset, change = draw_link(user, Purpose.RESET_PASSWORD), draw_link(user, Purpose.CHANGE_EMAIL)
        room.notes.seen(program.session_id, utc_now(), by=user.id, ends_at=utc_now())
        refused(room, "login.fail", HERE, user_id=user.id)

        done = [
            partial(refresh, jwt),
            partial(renew, program),
            partial(signing_in.log_out, room, another.session_id, caller=HERE),
            partial(proving.reauthenticate, room, jwt.session_id, PASSWORD, caller=HERE),
            partial(changing.change_password, room, jwt.session_id, PASSWORD, ANOTHER, caller=HERE),
            partial(changing.reset_password, room, reset, ANOTHER, caller=HERE),
            partial(changing.change_email, room, change, caller=HERE),
            room.notes.write,
            partial(administering.set_role, room, user.id, "user", caller=HERE),
            partial(administering.set_active, room, user.id, active=bool(number % 3), caller=HERE),
            partial(administering.end_sessions, room, user.id, caller=HERE),
            partial(changing.change_profile, room, user.id, {"first_name": "Ada"}),
            partial(upkeep.purge, room),
        ]
        futures = side_by_side(*random.sample(done, 8))

        assert not [kind for kind in kinds_of(futures) if kind and issubclass(kind, Busy)]
