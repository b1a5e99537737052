"""Passwords are long and hard to guess, and whoever steals the database has none of them, nor any token."""

import re
import unicodedata

import pytest
from sign_in_fixtures import PASSWORD
from sqlalchemy import text
from werkzeug.security import generate_password_hash

from carboy.accounts import finding, signing_in
from carboy.accounts.finding import Login
from carboy.accounts.hashing import Hasher
from carboy.accounts.room import HERE
from carboy.accounts.table import Kind

ADA = "ada@example.com"
NEW = "monkey lantern orbit sleeve"
EASY = ["password1234", "qwertyuiop12", "Starter2026!"]
STRONG = (
    "vK8#pz!qL2wd",
    "dromedary sandal kitchen orbit velvet thunder marble pickle sofa",
    "🦊 lanterns 🌊 orbit 🎈 sleeves",
    "четыре фонаря и одна лодка",
    "  two spaces before and behind  ",
)


@pytest.fixture
def sign_up(api, jobs):
    """Sign somebody up, and do what comes of it."""

    def sign(password, email=ADA, **more):
        answer = api("POST", "/users", {"email": email, "password": password, **more})
        jobs.drain()
        return answer

    return sign


def test_s18_eleven_characters_are_too_few(sign_up):
    """S18: however they are chosen."""
    answer = sign_up("vK8#pz!qL2w")

    assert answer.status_code == 422


def test_s18_long_ones_of_any_signs_are_taken_and_open_the_account(sign_up, sign_in):
    """S18: twelve characters, sixty-four, emoji and spaces; and what was typed is what opens, whole."""
    answers = [sign_up(password, f"{number}@example.com") for number, password in enumerate(STRONG)]

    assert [answer.status_code for answer in answers] == [202] * len(STRONG)
    assert all(sign_in(f"{number}@example.com", password).token for number, password in enumerate(STRONG))


CHANGES = {
    "cut": lambda password: password[:-1],
    "stripped": str.strip,
    "in small letters": str.lower,
    "normalised": lambda password: unicodedata.normalize("NFKC", password),
}


def test_s18_a_password_is_taken_as_it_was_typed_and_no_other_is_as_good(api, sign_up):
    """S18: nothing is cut off at the end, nor stripped, nor written in another way."""
    typed = f" Nine ﬁshes {'swim before and behind ' * 4}"
    assert len(typed) > 100
    assert sign_up(typed).status_code == 202

    others = {
        name: api("POST", "/tokens", {"email": ADA, "password": change(typed)}) for name, change in CHANGES.items()
    }
    same = api("POST", "/tokens", {"email": ADA, "password": typed})

    assert {name for name, answer in others.items() if answer.status_code != 401} == set()
    assert same.status_code == 200


def test_s19_an_easy_password_is_refused_when_signing_up(sign_up):
    """S19: a common one, a row of keys, the application's own name."""
    answers = [sign_up(password) for password in EASY]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert not [password for password in EASY for answer in answers if password in answer.text]


def test_s19_and_when_changing_it(make_user, sign_in):
    """S19: by those who have an account as well."""
    make_user()
    ada = sign_in()

    answers = [
        ada("PATCH", "/users/me/password", {"current_password": PASSWORD, "password": password}) for password in EASY
    ]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert ada("GET", "/users/me").status_code == 200


def test_s19_and_when_choosing_one_by_mail(api, make_user, link):
    """S19: and the link is good for another try."""
    make_user()
    api("POST", "/password-resets", {"email": ADA})
    token = link(ADA)

    answers = [api("PUT", "/password-resets", {"token": token, "password": password}) for password in EASY]
    at_last = api("PUT", "/password-resets", {"token": token, "password": NEW})

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert at_last.status_code == 204


def test_s19_one_made_of_what_others_know_of_the_user_is_refused(sign_up):
    """S19: their address and their names."""
    known = ("ada@example.com1", "AdaLovelace2026", "adalovelace1")

    answers = [sign_up(password, first_name="Ada", last_name="Lovelace") for password in known]

    assert [answer.status_code for answer in answers] == [422] * 3


def test_s20_sixteen_small_letters_are_enough(sign_up):
    """S20: no sign, no digit and no capital is asked for."""
    answers = [sign_up(password) for password in ("xqkzvwhtjgbyprmd", "ohbtqcnwyfuzaelk")]

    assert [answer.status_code for answer in answers] == [202, 202]


def dump(database):
    """Everything that the database holds, as text."""
    with database.reading() as session:
        tables = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        return {name: [str(row) for row in session.execute(text(f'SELECT * FROM "{name}"'))] for name in tables}


@pytest.mark.settings(require_confirmed_email=True)
def test_s21_the_database_holds_no_password_and_no_token(api, sign_up, sign_in, room, jobs, link, browser):
    """S21: after signing up, confirming, signing in in every form, renewing, changing and resetting."""
    issued = {PASSWORD, NEW}
    sign_up(PASSWORD)
    issued.add(confirmation := link(ADA))
    api("PUT", "/email-confirmations", {"token": confirmation})

    jwt, own = sign_in(by="/tokens"), sign_in(by="/sessions")
    browser.send("/login", email=ADA, password=PASSWORD)
    held = signing_in.log_in(room, Login(email=ADA), PASSWORD, kind=Kind.BROWSER, caller=HERE)
    issued |= {jwt.held["access_token"], jwt.held["refresh_token"], held.session_token}
    issued |= {own.held["session_token"], own.held["update_token"], browser.cookie()}
    refreshed = api("PUT", "/tokens", {"refresh_token": jwt.held["refresh_token"]}).json
    renewed = api("PUT", "/sessions/current", token=own.held["update_token"]).json
    issued |= {refreshed["access_token"], refreshed["refresh_token"]}
    issued |= {renewed["session_token"], renewed["update_token"]}
    api("POST", "/email-changes", {"email": "new@example.com"}, token=refreshed["access_token"])
    issued.add(link("new@example.com"))
    api("POST", "/password-resets", {"email": ADA})
    during = dump(room.database)
    issued.add(reset := link(ADA))
    assert api("PUT", "/password-resets", {"token": reset, "password": NEW}).status_code == 204
    jobs.drain()
    room.notes.write()

    kept = dump(room.database)

    assert len(issued) == 15
    parts = {part for token in issued for part in (token, token[3:], token.rpartition(".")[2]) if len(part) > 20}
    rows = [(name, row) for tables in (during, kept) for name, found in tables.items() for row in found]
    assert {name for name, _row in rows} >= {"users", "sessions", "refresh_tokens", "auth_events", "jobs"}
    assert [(name, part) for name, row in rows for part in parts if part in row] == []


def test_s21_a_password_is_kept_as_argon2id_with_enough_work(sign_up, room):
    """S21: 19 MiB and two rounds at the least, with a salt of its own."""
    sign_up(PASSWORD)
    sign_up(PASSWORD, "eve@example.com")

    ada, eve = (finding.by_address(room, email).password_hash for email in (ADA, "eve@example.com"))

    memory, rounds = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", ada).groups()
    assert int(memory) >= 19456
    assert int(rounds) >= 2
    assert ada.split("$")[4] != eve.split("$")[4]


def old_hashes():
    """Hashes as they were made before: by Werkzeug, by argon2i, with less work."""
    from argon2 import PasswordHasher, Type

    return [
        generate_password_hash(PASSWORD, method="scrypt:1024:8:1"),
        generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000"),
        PasswordHasher(2, 19456, 1, type=Type.I).hash(PASSWORD),
        PasswordHasher(1, 1024, 1).hash(PASSWORD),
    ]


def test_s22_an_old_hash_is_replaced_at_the_next_sign_in(make_user, room, sign_in):
    """S22: by one that is made today, of the same password."""
    user, new = make_user(), []

    for old in old_hashes():
        keep_hash(room, user, old)
        sign_in()
        new.append(finding.by_id(room, user.id).password_hash)

    assert not [kept for kept in new if Hasher().is_outdated(kept)]
    assert all(Hasher().verify(kept, PASSWORD) for kept in new)


def test_s22_a_wrong_password_replaces_nothing(api, make_user, room):
    """S22: nor does it open anything."""
    user, old = make_user(), old_hashes()[0]
    keep_hash(room, user, old)

    answer = api("POST", "/tokens", {"email": ADA, "password": NEW})

    assert answer.status_code == 401
    assert finding.by_id(room, user.id).password_hash == old


def keep_hash(room, user, password_hash):
    """Have a user with this hash."""
    with room.database.transaction() as session:
        finding.change(room, session, user.id, {"password_hash": password_hash})
