"""What every transport keeps to, whichever the settings name; and what each does of its own."""

import io
from dataclasses import replace
from email import message_from_bytes, policy
from uuid import UUID

import pytest

from carboy.mail import Console, Folder, Memory, Receipt, Smtp
from carboy.mail.choosing import transport_of
from carboy.mail.transport import NotYet


class Kept:
    """A transport, and how to see what it was given."""

    def __init__(self, transport, mails):
        self.transport, self.mails = transport, mails


@pytest.fixture(params=["smtp", "folder", "console", "memory"])
def kept(request, tmp_path, serve_mail, postmaster):
    if request.param == "smtp":
        return Kept(serve_mail(), lambda: [str(mail) for mail in postmaster.mails])
    if request.param == "folder":
        return Kept(Folder(tmp_path), lambda: [path.read_text() for path in sorted(tmp_path.iterdir())])
    if request.param == "console":
        stream = io.StringIO()
        return Kept(Console(stream), lambda: stream.getvalue().split("-- end of mail\n")[:-1])
    memory = Memory()
    return Kept(memory, lambda: [bytes(letter).decode() for letter in memory.letters])


def test_a_letter_that_is_taken_is_there_with_its_name_and_its_text(kept, make_letter):
    receipt = kept.transport.deliver(make_letter(text="Come soon."))

    assert receipt == Receipt()
    (mail,) = kept.mails()
    assert "Come soon." in mail
    assert "<00000000-0000-0000-0000-000000000007@shop.example.org>" in mail


def test_letters_do_not_overwrite_each_other(kept, make_letter):
    for number in (1, 2):
        kept.transport.deliver(replace(make_letter(subject=f"No. {number}"), id=UUID(int=number)))

    assert [f"No. {number}" in mail for number, mail in enumerate(kept.mails(), 1)] == [True, True]


def test_a_letter_in_any_script_is_taken(kept, make_letter):
    kept.transport.deliver(
        make_letter("Zoë <zoe@bücher.example>", subject="Grüße 😀", text="你好\n.\n..\n", html="<p>ß")
    )

    assert len(kept.mails()) == 1


def test_a_line_with_a_single_dot_does_not_end_the_text(serve_mail, postmaster, make_letter):
    serve_mail().deliver(make_letter(text="one\n.\nRCPT TO:<eve@example.org>\r\n.\r\n..two"))

    (mail,) = postmaster.mails
    assert mail.get_content().split() == ["one", ".", "RCPT", "TO:<eve@example.org>", ".", "..two"]


def test_a_folder_holds_a_letter_once_however_often_it_is_sent(tmp_path, make_letter):
    folder = Folder(tmp_path / "new")

    for _ in range(2):
        folder.deliver(make_letter(bcc="eve@example.org"))

    (file,) = (tmp_path / "new").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail.get_all("X-Envelope-To") == ["ada@example.org", "eve@example.org"]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_folder_can_keep_the_newest_only(tmp_path, make_letter):
    folder = Folder(tmp_path, keep=2)

    for number in (1, 3, 2, 4):
        folder.deliver(replace(make_letter(), id=UUID(int=number)))

    assert [kept.id.int for kept in folder.letters()] == [4, 3]


def test_files_of_others_in_a_folder_are_left_alone(tmp_path, make_letter):
    folder = Folder(tmp_path)
    strays = ["notes.eml", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz.eml", f"{UUID(int=9)}.eml"]
    for name in strays:
        (tmp_path / name).write_text("This is no mail.")
    folder.deliver(make_letter())

    (kept,) = folder.letters()

    assert kept.id == UUID(int=7)
    assert all((tmp_path / name).exists() for name in strays)


def test_a_letter_is_read_from_its_folder_as_it_was_written(tmp_path, make_letter):
    letter = make_letter(
        ["Ada <ada@example.org>"], subject="Grüße", text="Go to https://shop.example.org/a?b=1&c=2. Or (http://x.org/y).",
        html='<a href="https://shop.example.org/a?b=1&amp;c=2">go</a>',
    )  # fmt: skip
    Folder(tmp_path).deliver(letter)

    kept = Folder(tmp_path).find(letter.id)

    assert (kept.to, kept.subject, kept.date) == (["ada@example.org"], "Grüße", letter.written_at)
    assert (kept.text, kept.html) == (letter.message.text, letter.message.html)
    assert kept.links == ["https://shop.example.org/a?b=1&c=2", "http://x.org/y"]
    assert Folder(tmp_path / "none").find(letter.id) is None


def test_the_terminal_gets_no_commands(make_letter):
    stream = io.StringIO()

    Console(stream).deliver(make_letter(text="\x1b[2J gone? \x9b1m\n\tno"))

    assert "\x1b" not in stream.getvalue()
    assert "\x9b" not in stream.getvalue()
    assert " gone? " in stream.getvalue()


@pytest.mark.parametrize("url", [None, "smtp://user:pw@mail.example.org", "mailbox", "console", "file:mails"])
def test_in_testing_nothing_is_sent_whatever_the_settings_say(make_settings, url):
    assert isinstance(transport_of(make_settings(mail_url=url)), Memory)


def test_in_development_mails_go_into_the_mailbox_of_the_project(make_settings, project):
    assert transport_of(make_settings("development")) == Folder(project / "instance/mailbox", keep=200)


def test_where_nobody_has_said_where_mails_go_they_stay(make_settings, deployed, make_letter):
    transport = transport_of(make_settings(**deployed))

    with pytest.raises(NotYet, match="Set MAIL_URL"):
        transport.deliver(make_letter())


@pytest.mark.parametrize(
    ("url", "transport"),
    [
        ("smtp://mail.example.org", Smtp(host="mail.example.org", port=587)),
        ("smtps://mail.example.org", Smtp(host="mail.example.org", port=465, security="tls")),
        ("smtp://localhost?tls=no", Smtp(host="localhost", port=25, security="none")),
        ("smtp://u%40x:p%3A%2F@m.org:25", Smtp(host="m.org", port=25, user="u@x", password="p:/")),
        ("smtp://u[x:p]y@m.org", Smtp(host="m.org", port=587, user="u[x", password="p]y")),
        ("smtp://[::1]:2525?tls=no", Smtp(host="::1", port=2525, security="none")),
    ],
)
def test_a_mail_server_is_named_by_its_url(make_settings, deployed, url, transport):
    chosen = transport_of(make_settings(**deployed, mail_url=url))

    assert chosen == replace(transport, own_name="shop.example.org")


def test_a_folder_or_an_authority_of_ones_own_is_named_from_the_project_on(make_settings, deployed, project):
    chosen, server = (
        transport_of(make_settings(**deployed, mail_url=url)) for url in ("file:mails", "smtp://m.org?ca=own/ca.pem")
    )

    assert chosen == Folder(project / "mails")
    assert server.ca_file == project / "own/ca.pem"


def test_no_password_is_seen_in_what_the_transport_shows(make_settings, deployed):
    chosen = transport_of(make_settings(**deployed, mail_url="smtp://shop:sesame@mail.example.org"))

    assert "sesame" not in repr(chosen)
