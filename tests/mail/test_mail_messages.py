"""A message is a value that cannot be made wrong, and a letter says no more than its message."""

import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carboy.errors import Invalid, SetupError
from carboy.mail import Address, Attachment, Letter, Message, addresses
from carboy.mail.attachment import LARGEST_TOGETHER

WRONG_ADDRESSES = [
    "", " ", "ada", "@example.org", "ada@", "ada@@example.org", "a@b@example.org", "ada@exa mple.org",
    "ada lovelace@x.org", "ada@example.org, eve@example.org", "ada@example.org\nBcc: eve@example.org",
    "Ada <ada@example.org> <eve@example.org>",
    "Ada <ada@example.org", "ada@-example.org", "ada@example..org", "ada@.org", "ada@" + "x" * 64 + ".org",
    "ada@" + "x." * 130 + "org", "x" * 65 + "@example.org", ".ada@example.org", "ädä@example.org", "ada@straße.de",
    "ada@a℀b.org", "ada@straẞe.de", "ada@x\u1160.org", "ada@x\uffa0.org", " " * 990 + "x",
    "ada@[127.0.0.1]", 'Ada\u2028"x" <ada@example.org>', "\ud800@example.org", "ada@example.org\x00",
]  # fmt: skip


def parsed(letter):
    return message_from_bytes(bytes(letter), policy=policy.default)


@pytest.mark.parametrize("field", ["to", "cc", "bcc", "reply_to", "sender"])
@pytest.mark.parametrize("address", WRONG_ADDRESSES)
def test_what_is_no_address_is_refused_and_the_field_named(field, address):
    with pytest.raises(Invalid) as refused:
        Message(**{"to": "ada@example.org", "subject": "", "text": "", field: address})

    assert list(refused.value.problems) == [field]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.org", ("", "ada@example.org")),
        ("  Ada <ada@Example.ORG> ", ("Ada", "ada@example.org")),
        ('"Lovelace, Ada \\"Countess\\"" <ada+x@example.org>', ('Lovelace, Ada "Countess"', "ada+x@example.org")),
        ("Zoë Ørsted <zoe@bücher.example>", ("Zoë Ørsted", "zoe@xn--bcher-kva.example")),
        ("李 <li@例え.テスト>", ("李", "li@xn--r8jz45g.xn--zckzah")),
        ("root@localhost", ("", "root@localhost")),
        ('" " <ada@example.org>', ("", "ada@example.org")),
        ('"a <b> c" <ada@example.org>', ("a <b> c", "ada@example.org")),
    ],
)
def test_an_address_is_a_mailbox_with_or_without_a_name(text, address):
    assert addresses.parse(text) == Address(*address)


@pytest.mark.parametrize("text", [" " * 100_000 + "x", '"' + "\\a" * 50_000, "<" * 100_000, "a." * 50_000 + "@x.org"])
def test_what_is_far_too_long_for_an_address_is_refused_for_its_length(text):
    with pytest.raises(ValueError, match="at most 1000 characters"):
        addresses.parse(text)


@given(name=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300))
@example(name='Eve <eve@evil.example>, "\\')
def test_an_address_with_a_name_is_read_as_it_was_meant_whatever_the_name(name):
    written = str(Address(name, "ada@example.org"))

    assert addresses.parse(written) == Address(name.strip(), "ada@example.org")


def test_whoever_a_message_names_may_be_an_address_with_a_name():
    ada, eve = Address("Lovelace, Ada", "ada@example.org"), Address("", "eve@example.org")

    message = Message(to=[ada, "bob@example.org"], cc=eve, sender=ada, reply_to=eve, subject="", text="")

    assert message.to == ('"Lovelace, Ada" <ada@example.org>', "bob@example.org")
    assert (message.cc, message.sender) == (("eve@example.org",), '"Lovelace, Ada" <ada@example.org>')


@pytest.mark.parametrize(
    "fields", [{"to": None}, {"to": 7}, {"to": [None]}, {"sender": 7}, {"text": None}, {"subject": None}, {"html": 7}]
)
def test_what_is_no_text_where_text_should_be_is_told_in_a_sentence(fields):
    with pytest.raises(SetupError, match=r"message .*(must be|has nobody)"):
        Message(**{"to": "ada@example.org", "subject": "", "text": ""} | fields)


def test_a_header_for_machines_is_plain_ascii():
    with pytest.raises(Invalid, match="List-Unsubscribe must be plain ASCII"):
        Message(to="ada@example.org", subject="", text="", headers={"List-Unsubscribe": "<https://x.org/ä>"})


NASTY = ["=", "?", "=?", "?=", "utf-8?q?=0ABcc:", '"', ";", "\\", "ä", "'", "%", "\n", " ", "x" * 40]


def test_files_go_with_a_message_under_their_names(make_letter):
    files = [Attachment("Größe.pdf", "application/pdf", bytes(range(256))), Attachment('a".csv', "text/csv", b"a;b\n")]

    mail = parsed(make_letter(html="<p>x", attachments=files))

    assert [(part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()] == [
        (file.name, file.content) for file in files
    ]
    assert mail.get_body(("plain",)).get_content().strip() == "How are you?"


@given(name=st.lists(st.sampled_from(NASTY), max_size=12).map("".join))
def test_the_name_of_a_file_reaches_into_no_header(name):
    try:
        files = [Attachment(name, "application/pdf", b"")]
    except Invalid:
        return

    mail = parsed(letter_of(Message(to="ada@example.org", subject="", text="", attachments=files)))

    (part,) = mail.iter_attachments()
    assert set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"}
    assert "Bcc" not in mail


@pytest.mark.parametrize("kind", ["", "pdf", "message/rfc822", "multipart/mixed", "text/plain\n", "a/b; c=d"])
def test_a_file_has_a_content_type(kind):
    with pytest.raises(SetupError, match="content type"):
        Attachment("x", kind, b"")


def test_files_that_are_too_large_together_are_refused():
    half = Attachment("x.bin", "application/octet-stream", bytes(LARGEST_TOGETHER // 2 + 1))

    with pytest.raises(SetupError, match="Send a link instead"):
        Message(to="ada@example.org", subject="", text="", attachments=[half, half])


def test_a_message_to_nobody_is_a_mistake_of_the_program():
    with pytest.raises(SetupError, match="nobody"):
        Message(to=(), subject="", text="")


@pytest.mark.parametrize("name", ["To", "bcc", "Message-ID", "Content-Type", "X Y", "", "X:", "Süß", "X\nBcc", "DATE"])
def test_a_header_that_is_none_or_has_a_field_of_its_own_is_a_mistake_of_the_program(name):
    with pytest.raises(SetupError, match="cannot have the header"):
        Message(to="ada@example.org", subject="", text="", headers={name: "x"})


def test_a_message_does_not_change_and_is_changed_into_another():
    message = Message(to="ada@example.org", subject="Hello", text="")

    with pytest.raises(FrozenInstanceError):
        message.subject = "Bye"
    assert replace(message, cc="eve@example.org").recipients == ("ada@example.org", "eve@example.org")


def test_everybody_gets_it_once_and_nobody_reads_of_bcc(make_letter):
    letter = make_letter(["ada@example.org", "Ada <ADA@example.org>"], cc="ada@example.org", bcc="eve@example.org")

    assert letter.recipients == ("ada@example.org", "ADA@example.org", "eve@example.org")
    assert b"eve" not in bytes(letter)


def test_a_letter_is_ascii_and_says_what_was_meant_in_any_script(make_letter):
    letter = make_letter(
        ["Zoë <zoe@bücher.example>"], subject="Grüße — 你好 😀", text="Schöne Grüße\n", html="<p>Grüße</p>"
    )

    mail = parsed(letter)

    assert bytes(letter).isascii()
    assert mail["Subject"] == "Grüße — 你好 😀"
    assert (mail["To"].addresses[0].display_name, mail["To"].addresses[0].domain) == ("Zoë", "xn--bcher-kva.example")
    assert mail.get_body(("plain",)).get_content().split() == ["Schöne", "Grüße"]
    assert mail.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"


def test_a_letter_has_a_name_a_date_and_a_sender_and_wants_no_automatic_answers(make_letter):
    mail = parsed(make_letter())

    assert mail["Message-ID"] == "<00000000-0000-0000-0000-000000000007@shop.example.org>"
    assert mail["Date"] == "Fri, 02 Jan 2026 03:04:05 +0000"
    assert mail["From"] == "Shop <shop@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_request_that_asked_is_named_if_its_name_fits(make_letter):
    named, unfit = (replace(make_letter(), request_id=name) for name in ("abc-1", "abc\nBcc: eve@example.org"))

    assert parsed(named)["X-Request-ID"] == "abc-1"
    assert parsed(unfit)["X-Request-ID"] is None


# What a visitor can write into a field: pieces that have meant something to somebody, and anything else.
PIECES = [
    "Bcc: eve@evil.example", "=?utf-8?q?=0ABcc:_eve@evil.example?=", "=?utf-8?b?CkJjYzogZXZl?=", '"', "\\", ",", ";",
    "<", ">", "(", ")", "@", ":", " ", ".", "ä", "😀", "x" * 80, "eve@evil.example", "y" * 1000,
]  # fmt: skip
BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\t", "\ud800"]
VISIBLE = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
FITS = st.lists(st.sampled_from(PIECES) | VISIBLE, max_size=12).map("".join)
DOES_NOT_FIT = st.tuples(FITS, st.sampled_from(BREAKS), FITS).map("".join)
ALL_HEADERS = [
    "Subject", "From", "To", "Cc", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "X-Note", "Content-Type",
    "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip


def named(name):
    return '"{}" <ada@example.org>'.format(name.replace("\\", "\\\\").replace('"', '\\"'))


def fields_of(name, subject, value):
    said = named(name)
    people = {"to": [said, "bob@example.org"], "cc": said, "sender": said, "reply_to": [said, said]}
    return people | {"subject": subject, "headers": {"X-Note": f"x{value}"}}  # with < in front it would be for machines


@given(name=FITS.map(lambda name: name[:480]), subject=FITS, value=FITS)
@example(name="=?utf-8?q?=0D=0ABcc:_eve@evil.example?=", subject="=?utf-8?q?=0ABcc:_x?=", value="=?utf-8?q?=0AX:_x?=")
def test_no_field_reaches_into_another_whatever_is_written_into_it(name, subject, value):
    raw = bytes(letter_of(Message(text="", **fields_of(name, subject, value))))
    mail = message_from_bytes(raw, policy=policy.default)

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert mail.keys() == ALL_HEADERS
    assert [one.addr_spec for one in mail["To"].addresses] == ["ada@example.org", "bob@example.org"]
    assert [one.addr_spec for one in (*mail["From"].addresses, *mail["Cc"].addresses)] == ["ada@example.org"] * 2
    assert without_space(mail["To"].addresses[0].display_name) == without_space(name)
    assert without_space(mail["Subject"]) == without_space(subject)


@given(text=DOES_NOT_FIT, field=st.sampled_from(["name", "subject", "value"]))
def test_no_line_break_and_no_control_character_gets_into_a_message(text, field):
    with pytest.raises(Invalid):
        Message(text="", **fields_of(**{"name": "", "subject": "", "value": "", field: text}))


@given(text=FITS | DOES_NOT_FIT)
def test_an_address_that_is_taken_is_one_word_of_ascii(text):
    try:
        found = addresses.parse(text).address
    except ValueError:
        return

    assert re.fullmatch(r"[\x21-\x7e]+@[a-z0-9.-]+", found)
    assert not set(found) & set('<>(),;:\\"[]')


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_the_text_arrives_as_it_was_written_but_for_its_line_breaks(text):
    letter = letter_of(Message(to="ada@example.org", subject="", text=text))

    assert lines(parsed(letter).get_content()) == lines(text)


def letter_of(message):
    return Letter(
        id=UUID(int=7), message=message, sender=message.sender or "shop@example.org", recipients=message.recipients,
        host="shop.example.org", written_at=datetime(2026, 1, 2, tzinfo=UTC),
    )  # fmt: skip


def without_space(text):
    """White space at the ends and between words is not kept by everybody who reads mails."""
    return "".join(text.split())


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
