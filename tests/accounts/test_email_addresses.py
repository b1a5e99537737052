"""An address is kept as it was typed, found however it is typed, and one that we can send to."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carboy.accounts import emails
from carboy.accounts.emails import NO_ADDRESS, NOT_REACHED, Address, canonical, username_key
from carboy.errors import Invalid
from carboy.mail import addresses

LETTERS = st.characters(categories=["L", "M", "N", "Pd"])
unhurried = settings(deadline=None)  # the first text pays for imports
TYPED = st.one_of(
    st.emails(),
    st.text(max_size=60),
    st.text(st.sampled_from("aA.+_-!'\"\\ ä@<>\uff20\n\0"), max_size=20).map(lambda local: f"{local}@Example.org"),
    st.text(LETTERS, min_size=1, max_size=12).map(lambda domain: f"Ada@{domain}.example"),
)


@pytest.mark.parametrize(
    ("typed", "shown", "key"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG ", "Ada@example.org", "ada@example.org"),
        ("\u3000ada@example.org\u00a0", "ada@example.org", "ada@example.org"),
        ("Ada.Lovelace+Shop@example.org", "Ada.Lovelace+Shop@example.org", "ada.lovelace+shop@example.org"),
        ("a@shop.test", "a@shop.test", "a@shop.test"),
        ("user@example.com", "user@example.com", "user@example.com"),
        ("o'brien@mail.example", "o'brien@mail.example", "o'brien@mail.example"),
        ("zoe@B\u00dcCHER.example", "zoe@bücher.example", "zoe@bücher.example"),
        ("zoe@bu\u0308cher.example", "zoe@bücher.example", "zoe@bücher.example"),
        ("zoe@xn--bcher-kva.example", "zoe@bücher.example", "zoe@bücher.example"),
        ("li@例え.テスト", "li@例え.テスト", "li@例え.テスト"),
        ("li@例え。テスト", "li@例え.テスト", "li@例え.テスト"),
    ],
)
def test_an_address_is_shown_as_it_was_typed_and_found_however_it_is_typed(typed, shown, key):
    assert canonical(typed) == Address(shown, key)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ada@straße.example", "ada@xn--strae-oqa.example"),  # refused by the mail room
        ("ada@xn--strae-oqa.example", "ada@xn--strae-oqa.example"),
        ("ada@\u13a0.example", "ada@xn--58d.example"),  # and read by it as another domain
    ],
)
def test_a_domain_that_is_read_in_two_ways_is_written_in_the_one_that_is_not(typed, shown):
    assert canonical(typed) == Address(shown, shown)


def test_two_domains_that_fold_to_the_same_letters_stay_two():
    assert canonical("ada@straße.example").key != canonical("ada@strasse.example").key


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "ada", "@example.org", "ada@", "ada@@example.org", "a@b@example.org", "ada@exa mple.org",
        ".a@example.org", "Ada <ada@example.org>", "<ada@example.org>", '"ada"@example.org', "ada@[127.0.0.1]",
        "ada@localhost", "ada@shop",
        "ada@printer.local", "ada@example.invalid", "ada@example.org\n", "ada@example.org\r\nBcc: eve@example.org",
        "\nada@example.org", "ada\0@example.org", "ada@example.org\0", "ada@example.org\u2028", "\ud800@example.org",
        "ada\uff20example.org", "ada\ufe6bexample.org", "ada@eve\uff20example.org", "ada@example.org, eve@example.org",
        "ada@a℀b.example", "ada@\u202egro.elpmaxe", "x" * 65 + "@example.org", "ada@" + "x" * 64 + ".org",
        "ada@" + "x." * 130 + "org", "x" * 60 + "@" + ("y" * 50 + ".") * 4 + "org", " " * 400 + "ada@example.org",
        "ada@example.org" + " " * 100_000, "<" * 100_000, '"' + "\\a" * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Invalid) as refused:
        canonical(typed)

    assert refused.value.problems == {"email": [NO_ADDRESS]}


@pytest.mark.parametrize("typed", ["ädä@example.org", "李@example.org", "ﬁsh@example.org", "zoe\u0308@x.example"])
def test_an_address_that_mails_cannot_be_sent_to_is_refused_and_told_so(typed):
    with pytest.raises(Invalid) as refused:
        canonical(typed)

    assert refused.value.problems == {"email": [NOT_REACHED]}


@unhurried
@given(TYPED)
@example("ada@ς.example")
@example("ada@\u1e9e.example")
def test_every_text_is_an_address_for_good_or_refused(typed):
    try:
        address = canonical(typed)
    except Invalid:
        return

    assert canonical(address.shown) == address
    assert canonical(address.key).key == address.key
    assert len(address.key) <= emails.LONGEST


@unhurried
@given(TYPED)
def test_mails_go_to_the_domain_that_was_typed_and_come_from_one_key(typed):
    try:
        address = canonical(typed)
    except Invalid:
        return

    sent_to = addresses.parse(address.shown).address

    assert canonical(sent_to) == address
    assert addresses.parse(address.key).address == sent_to.lower()


@pytest.mark.parametrize(
    ("typed", "key"), [("Ada", "ada"), ("a.d-a_1", "a.d-a_1"), ("1" * 64, "1" * 64), ("7up", "7up")]
)
def test_a_user_name_is_found_in_either_case(typed, key):
    assert username_key(typed) == key


@pytest.mark.parametrize(
    "typed",
    [
        "", "ab", "x" * 65, ".ada", "-ada", "_ada", "ada lovelace", "ada@example.org", "ada\uff20x", "ädä", "ada\n",
        "ada\0", "\ud800da", "\uff41da", "\u212aelvin", "ada/7", "x" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_user_name_is_refused_with_what_would_be_one(typed):
    with pytest.raises(Invalid) as refused:
        username_key(typed)

    assert "3 to 64" in refused.value.problems["username"][0]


@unhurried
@given(st.text(max_size=70))
def test_no_user_name_is_an_address(typed):
    try:
        name = username_key(typed)
    except Invalid:
        return

    assert username_key(name) == name
    with pytest.raises(Invalid):
        canonical(name)
