"""Mails that somebody else asked for: they keep no owner out, let nobody in, and say nothing in our name."""

import pytest
from sign_in_fixtures import PASSWORD

from carboy.accounts import administering
from carboy.accounts.refusals import LinkInvalid
from carboy.accounts.room import HERE

ADA, EVE = "ada@example.com", "eve@example.com"
LURE = "Your prize waits at https://evil.example"
ANOTHER = "seventeen green umbrellas sing"


@pytest.mark.settings(auth_throttling=True)
def test_who_asks_for_other_mails_to_an_address_keeps_its_owner_from_no_new_password(api, make_user, link):
    make_user(ADA)
    for _ in range(4):
        api("POST", "/email-confirmations", {"email": ADA})

    api("POST", "/password-resets", {"email": ADA})

    assert link(ADA)


def test_a_mail_to_an_address_that_is_not_proven_greets_nobody_by_a_name(api, jobs, outbox):
    api("POST", "/users", {"email": ADA, "password": PASSWORD, "first_name": LURE})

    jobs.drain()

    assert LURE not in outbox.to(ADA).text


def test_a_mail_to_a_new_address_greets_nobody_by_a_name(sign_in, make_user, jobs, outbox):
    make_user(EVE, first_name=LURE)
    eve = sign_in(EVE)

    eve("POST", "/email-changes", {"email": ADA})
    jobs.drain()

    assert LURE not in outbox.to(ADA).text
    assert LURE in outbox.to(EVE).text  # who wrote that themselves


def test_a_new_password_ends_a_change_of_address_whose_mail_waits_still(sign_in, make_user, jobs, outbox):
    make_user(ADA)
    thief, owner = sign_in(ADA), sign_in(ADA)
    thief("POST", "/email-changes", {"email": EVE})

    owner("PATCH", "/users/me/password", {"current_password": PASSWORD, "password": ANOTHER})
    jobs.drain()

    assert [letter for letter in outbox.letters if EVE in letter.recipients] == []


def test_who_was_shut_out_and_let_in_again_has_no_link_from_before(room, sign_in, make_user, link, api):
    ada = make_user(ADA)
    sign_in(ADA)("POST", "/email-changes", {"email": EVE})
    token = link(EVE)

    administering.set_active(room, ada.id, False, caller=HERE)
    administering.set_active(room, ada.id, True, caller=HERE)

    assert api("PUT", "/email-changes", {"token": token}).json["code"] == LinkInvalid.code


def test_where_an_administrator_ended_every_sign_in_no_link_from_before_is_good(room, sign_in, make_user, link, api):
    ada = make_user(ADA)
    sign_in(ADA)("POST", "/email-changes", {"email": EVE})
    token = link(EVE)

    administering.end_sessions(room, ada.id, caller=HERE)

    assert api("PUT", "/email-changes", {"token": token}).json["code"] == LinkInvalid.code


@pytest.mark.settings(auth_throttling=True)
def test_who_signs_up_with_an_address_again_and_again_fills_no_mailbox(app, make_user, jobs, outbox):
    make_user(ADA)
    for number in range(5):
        body = {"email": ADA, "password": PASSWORD}
        somewhere = {"REMOTE_ADDR": f"203.0.113.{number}"}
        app.test_client().post("/api/v1/users", json=body, environ_overrides=somewhere)

    jobs.drain()

    assert len([letter for letter in outbox.letters if ADA in letter.recipients]) == 3
