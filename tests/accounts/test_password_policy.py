"""A password is good when it is long and takes many guesses, even of somebody who knows its owner."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import zxcvbn
from hypothesis import given, settings
from hypothesis import strategies as st

from carboy.accounts.passwords import PasswordPolicy
from carboy.errors import Invalid, SetupError

POLICY = PasswordPolicy(names=("AppName",))
EASY = ["Too easy to guess: add words that do not belong together."]
ADA = ["ada.lovelace+shop@analytical-engines.example", "Ada King Lovelace"]
GOOD = "correct horse battery staple"
unhurried = settings(deadline=None)  # the first text pays for imports
SIGNS_LIKE_LETTERS = "4@8({[<36910!|7$5+%2"


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "qwertyuiop12", "iloveyou1234", "P@ssw0rd2026!", "AppName2026!", "!6202emaNppA", "4ppN4me-2026",
        "aaaaaaaaaaaaaaaa", "1234567890123456", " " * 12, "passwordpasswordpassword",
    ],
)  # fmt: skip
def test_what_is_guessed_soon_is_refused(password):
    assert POLICY.judge(password) == EASY


@pytest.mark.parametrize(
    "password",
    [
        GOOD, "kX8vQmP2rT9wZb4L", "monkey dragon 99", "correcthorsebatterystaple", "a cup of tea and the moon, " * 4,
        "🐎🔋📎🌧🍕🚲🎸🧊🪁🌋🧵🦔", "ein schönes Fahrrad für Ösel", "пять синих зонтов", "x\0y brown cow\0",
    ],
)  # fmt: skip
def test_what_takes_many_guesses_is_good_whatever_it_is_made_of(password):
    assert POLICY.judge(password, about=ADA) == []


@pytest.mark.parametrize("password", ["alice2026alice", "Summer2026!!"])
def test_a_stricter_policy_refuses_what_takes_fewer_guesses_than_it_asks_for(password):
    strict = PasswordPolicy(min_guesses_log10=10)

    assert (POLICY.judge(password), strict.judge(password), strict.judge(GOOD)) == ([], EASY, [])


@pytest.mark.parametrize("name", ["Carboy", "Zyxquest", "My Little Shop", "Grün-Weiß"])
@pytest.mark.parametrize("around", ["{}2026!", "{}1234567", "2026{}", "{0}{0}"])
def test_the_name_of_the_application_makes_no_password_harder_to_guess(name, around):
    written_as_one = name.replace(" ", "").replace("-", "")

    assert PasswordPolicy(min_length=8, names=(name,)).judge(around.format(written_as_one), about=ADA) == EASY


@pytest.mark.parametrize(
    "password",
    [
        "ada.lovelace+shop@analytical-engines.example", "ADA.LOVELACE+SHOP@analytical-engines.example",
        "ada.lovelace+shop", "adalovelaceshop", "analytical-engines.example", "AnalyticalEngines", "Lovelace2026!",
        "adakinglovelace", "Ada King Lovelace", "ecalevoLgniKadA",
    ],
)  # fmt: skip
def test_what_is_known_about_somebody_is_no_password_of_theirs(password):
    assert POLICY.judge(password, about=ADA) == EASY


def test_what_is_known_about_somebody_may_be_a_word_of_a_good_password():
    assert POLICY.judge("lovelace and forty trombones", about=ADA) == []


@pytest.mark.parametrize(("length", "sentence"), [(11, "at least 12 characters"), (129, "at most 128 characters")])
def test_a_length_that_is_not_taken_is_told_with_the_one_that_is(length, sentence):
    (problem,) = POLICY.judge((GOOD * 5)[:length])

    assert sentence in problem


def test_a_character_counts_once_however_many_bytes_it_has():
    assert PasswordPolicy(min_length=8, max_length=64).judge("🐎🔋📎🌧🍕🚲🎸🧊" * 8) == []


@pytest.mark.parametrize("password", ["\ud83d the other half is lost", "\udc0d the first half is lost"])
def test_half_a_character_is_refused(password):
    assert POLICY.judge(password) == ["One of its characters came only in half: type it again."]


def test_a_check_names_the_field_that_is_wrong():
    POLICY.check(GOOD)

    with pytest.raises(Invalid) as refused:
        POLICY.check("password1234", field="new_password")

    assert refused.value.problems == {"new_password": EASY}


@unhurried
@given(password=st.text(min_size=4, max_size=200), about=st.lists(st.text(max_size=80), max_size=3))
def test_every_text_is_judged_and_none_is_repeated(password, about):
    problems = POLICY.judge(password, about=about)

    assert len(problems) <= 1
    assert password not in "".join(problems)


@pytest.mark.parametrize(
    "password",
    [
        SIGNS_LIKE_LETTERS * 6, "p4$$w0rd|1!@(" * 9, "a" * 128, "ab" * 64, "0123456789" * 12, "aabaab" * 20,
        "96e8396|7a50@|$48e960701@5c6[7z72@6$4$e9<a[0[",
    ],
)  # fmt: skip
def test_no_password_takes_long_to_judge(monkeypatch, password):
    """What zxcvbn is slow at is long, or has many signs that stand for letters: the first took it three seconds."""
    estimated, estimate = [], zxcvbn.zxcvbn
    monkeypatch.setattr(zxcvbn, "zxcvbn", lambda text, **more: (estimated.append(text), estimate(text, **more))[1])

    POLICY.judge(password, about=ADA)

    (text,) = estimated
    assert len(text) <= 40
    assert len(set(text) & set("@({[<!|$+%")) <= 3


def test_what_is_known_about_one_does_not_judge_the_password_of_another():
    people = [f"{word}qvortex@example.org" for word in ("zyx", "wumb", "krel", "plin", "drax", "snib")]
    passwords = [address.partition("@")[0] + "77" for address in people]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    try:
        with ThreadPoolExecutor(len(people)) as pool:
            judged = list(pool.map(lambda n: POLICY.judge(passwords[n % 6], about=[people[n % 6]]), range(120)))
    finally:
        sys.setswitchinterval(interval)

    assert judged == [EASY] * 120


@pytest.mark.parametrize(
    "limits", [{"min_length": 7}, {"max_length": 63}, {"max_length": 257}, {"min_length": 100, "max_length": 90}]
)
def test_a_policy_that_guards_nothing_or_takes_no_passphrase_is_a_mistake_of_setup(limits):
    with pytest.raises(SetupError, match=r"_length of passwords is \d+"):
        PasswordPolicy(**limits)


def test_what_is_slow_to_import_waits_for_the_first_password():
    script = (
        "import sys, carboy.accounts.passwords, carboy.accounts.hashing, carboy.accounts.emails;"
        "carboy.accounts.hashing.Hasher(); carboy.accounts.passwords.PasswordPolicy(); print(*sys.modules)"
    )

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert {"zxcvbn", "argon2", "email_validator", "flask", "werkzeug", "sqlalchemy"} & set(loaded) == set()
