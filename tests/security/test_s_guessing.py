"""Whoever guesses is told to wait, whatever else they say; whoever owns the account gets in all the same."""

import os
import statistics
import time

import pytest
from sign_in_fixtures import PASSWORD, Api

from carboy.accounts import administering
from carboy.accounts.room import HERE

ADA, EVE, OUT = "ada@example.com", "eve@example.com", "out@example.com"
WRONG = "wrong horse battery staple"
NEW = "monkey lantern orbit sleeve"

throttled = pytest.mark.settings(auth_throttling=True)


def guess(api, email=ADA, *, times, password=WRONG, **options):
    """Try passwords, and give the answers."""
    return [api("POST", "/tokens", {"email": email, "password": password}, **options) for _ in range(times)]


def statuses(answers):
    return [answer.status_code for answer in answers]


def from_address(address):
    """The options of a request that comes from there."""
    return {"environ_overrides": {"REMOTE_ADDR": address}}


@throttled
@pytest.mark.parametrize(("email", "password"), [(ADA, WRONG), (EVE, WRONG), (OUT, PASSWORD)])
def test_s12_whoever_guesses_is_told_to_wait_known_account_or_not(api, make_user, room, email, password):
    """S12: the sixth try from one address is not looked at, nor told from others where the account is shut out."""
    make_user()
    administering.set_active(room, make_user(OUT).id, False, caller=HERE)

    *five, sixth = guess(api, email, times=6, password=password)

    assert statuses(five) == [401] * 5
    assert sixth.status_code == 429
    assert sixth.content_type == "application/problem+json"
    assert 1 <= int(sixth.headers["Retry-After"]) <= 60


@throttled
def test_s12_the_right_password_is_not_told_from_a_wrong_one_meanwhile(api, make_user):
    """S12: nobody learns behind the 429 what they guessed."""
    make_user()
    guess(api, times=5)

    (right,) = guess(api, times=1, password=PASSWORD)

    assert right.status_code == 429


@throttled
def test_s12_other_accounts_and_other_addresses_go_on(api, make_user):
    """S12: the budget is of an account and an address together."""
    make_user()
    make_user(EVE)
    guess(api, times=6)

    another_account = guess(api, EVE, times=1, password=PASSWORD)
    another_address = guess(api, times=1, password=PASSWORD, **from_address("192.0.2.7"))

    assert statuses(another_account + another_address) == [200, 200]


@throttled
def test_s12_another_spelling_is_no_other_account(api, make_user):
    """S12: nor does it matter in which form somebody signs in."""
    make_user()

    answers = [
        api("POST", path, {"email": email, "password": WRONG})
        for email in ("ada@example.com", "Ada@Example.com", "ADA@EXAMPLE.COM")
        for path in ("/tokens", "/sessions")
    ]

    assert statuses(answers) == [401] * 5 + [429]


@throttled
def test_s12_addresses_of_one_ipv6_network_are_one_guesser(api, make_user):
    """S12: anybody has 2**64 of them."""
    make_user()

    answers = [guess(api, times=1, **from_address(f"2001:db8::{number:x}"))[0] for number in range(1, 7)]

    assert statuses(answers) == [401] * 5 + [429]


@throttled
def test_s12_guesses_that_come_at_once_are_counted_before_they_are_looked_at(
    committed, app, make_user, verifications, at_once
):
    """S12: twenty at the same moment have five tries as well."""
    make_user()

    futures = at_once(lambda: guess(Api(app.test_client(use_cookies=False)), times=1), threads=20)

    answers = [future.result()[0] for future in futures]
    assert sorted(statuses(answers)) == [401] * 5 + [429] * 15
    assert verifications.total == 5


@throttled
def test_s12_whoever_waited_as_long_as_told_is_let_in(api, make_user, clock):
    """S12: no account is ever locked."""
    make_user()
    *_five, sixth = guess(api, times=6)

    clock.shift(int(sixth.headers["Retry-After"]))

    assert statuses(guess(api, times=1, password=PASSWORD)) == [200]


@throttled
def test_s13_a_reset_by_mail_lets_the_owner_in_again(api, make_user, link):
    """S13: it works meanwhile, and clears the budget."""
    make_user()
    guess(api, times=6)

    asked = api("POST", "/password-resets", {"email": ADA})
    reset = api("PUT", "/password-resets", {"token": link(ADA), "password": NEW})

    assert statuses([asked, reset]) == [202, 204]
    assert statuses(guess(api, times=1, password=NEW)) == [200]


@throttled
def test_s14_a_forged_address_makes_nobody_a_new_guesser(api, make_user):
    """S14: behind no proxy, no header says where a request comes from."""
    make_user()
    headers = ("X-Forwarded-For", "X-Real-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP")

    def forged(number):
        address = f"192.0.2.{number}"
        return dict.fromkeys(headers, address) | {"Forwarded": f"for={address}"}

    answers = [guess(api, times=1, headers=forged(number))[0] for number in range(6)]

    assert statuses(answers) == [401] * 5 + [429]


@pytest.mark.settings(auth_throttling=True, redis_url="redis://127.0.0.1:1/0")
def test_s15_without_redis_guessing_is_still_limited(api, make_user):
    """S15: while nobody counts for all processes, this one counts for itself."""
    make_user()

    answers = guess(api, times=6)

    assert statuses(answers) == [401] * 5 + [429]


def test_s16_many_sign_ins_at_once_do_not_hash_more_than_the_processors_can(
    committed, app, make_user, verifications, at_once
):
    """S16: as many as there are processors, and the rest waits or is told to come back; nobody sees an error."""
    make_user()

    answers = [
        future.result()
        for future in at_once(
            lambda: Api(app.test_client(use_cookies=False))("POST", "/tokens", {"email": EVE, "password": WRONG}),
            threads=20,
        )
    ]

    assert set(statuses(answers)) <= {401, 503}
    assert 401 in statuses(answers)
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 503)
    assert verifications.most <= os.cpu_count()


@pytest.mark.long
def test_s16_others_are_served_meanwhile(committed, app, make_user, verifications, beside):
    """S16: who asks for something else does not wait behind those who sign in."""
    make_user()
    stranger, probe = Api(app.test_client(use_cookies=False)), app.test_client()
    probe.get("/livez")
    sign_ins = [beside(guess, stranger, EVE, times=1) for _ in range(20)]
    times = []

    while not all(sign_in.done() for sign_in in sign_ins):
        begun = time.perf_counter()
        assert probe.get("/livez").status_code == 200
        times.append(time.perf_counter() - begun)

    assert all(sign_in.result() for sign_in in sign_ins)
    assert statistics.median(times) < 0.2


@throttled
def test_s17_few_mails_go_to_one_address_however_many_are_asked_for(api, make_user, jobs, outbox):
    """S17: eleven are asked for, three are sent, and the answers do not tell."""
    make_user()

    answers = [
        api("POST", "/password-resets", {"email": email}, **from_address("192.0.2.1"))
        for number, email in enumerate([ADA, "Ada@Example.com"] * 6)
    ]
    jobs.drain()

    assert statuses(answers) == [202] * 12
    assert len({answer.data for answer in answers}) == 1
    assert 1 <= len(outbox) <= 3


@throttled
def test_s17_an_unknown_address_is_counted_like_a_known_one(api, make_user):
    """S17: whoever asks too often from one place is told so for either."""
    make_user()

    known = [api("POST", "/password-resets", {"email": ADA}, **from_address("192.0.2.1")) for _ in range(21)]
    unknown = [api("POST", "/password-resets", {"email": EVE}, **from_address("192.0.2.2")) for _ in range(21)]

    assert statuses(known) == statuses(unknown) == [202] * 20 + [429]
