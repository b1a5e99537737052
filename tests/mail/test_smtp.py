"""A real mail server on loopback: TLS, who we are, and every kind of answer."""

import contextlib
import socket
import threading
import time
from dataclasses import replace

import pytest

from carboy.errors import SetupError
from carboy.mail import NotTaken, Receipt, Smtp

PASSWORD = "correct horse"

# Said where TLS comes before SMTP, and so before the server knows of it.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture(params=["starttls", "tls"])
def serve_tls(request, serve_mail, certificate):
    """Starts a server with TLS from the start, or one that demands STARTTLS."""

    def serve(**options):
        if request.param == "tls":
            options |= {"ssl_context": certificate.context, "auth_require_tls": False}
        else:
            options |= {"tls_context": certificate.context, "require_starttls": True}
        return serve_mail(security=request.param, **options)

    return serve


def test_a_server_that_proves_its_name_gets_the_letter(serve_tls, certificate, make_letter, postmaster):
    server = serve_tls(ca_file=certificate.file)

    assert server.deliver(make_letter()) == Receipt()
    assert len(postmaster.taken) == 1


def test_a_server_that_does_not_prove_its_name_gets_nothing(serve_tls, certificate, make_letter, postmaster):
    stranger = serve_tls(user="shop", password=PASSWORD)
    other_name = replace(stranger, ca_file=certificate.file, host="127.0.0.1")

    for server in (stranger, other_name):
        with pytest.raises(SetupError, match="has not proved its name"):
            server.deliver(make_letter())

    assert (postmaster.taken, postmaster.credentials) == ([], [])


def test_user_and_password_are_told_over_tls(serve_tls, certificate, make_letter, postmaster):
    server = serve_tls(ca_file=certificate.file, user="shop", password=PASSWORD, auth_required=True)

    server.deliver(make_letter())

    assert postmaster.credentials == [("shop", PASSWORD)]
    assert len(postmaster.taken) == 1


def test_a_wrong_password_is_for_the_operator_to_mend_and_is_not_repeated(serve_tls, certificate, make_letter):
    server = serve_tls(ca_file=certificate.file, user="shop", password="sesame")

    with pytest.raises(SetupError, match="does not take the user and the password of MAIL_URL") as refused:
        server.deliver(make_letter())

    assert "sesame" not in str(refused.value)


def test_a_server_that_wants_to_know_who_we_are_is_for_the_operator_to_mend(serve_tls, certificate, make_letter):
    server = serve_tls(ca_file=certificate.file, auth_required=True)

    with pytest.raises(SetupError, match=r"wants to know who we are\. Put .* into MAIL_URL\. It says: 530"):
        server.deliver(make_letter())


def test_without_tls_nothing_is_said_to_a_server_that_should_have_it(serve_mail, make_letter, postmaster):
    server = serve_mail(security="starttls", user="shop", password=PASSWORD)

    with pytest.raises(SetupError, match="cannot do what MAIL_URL asks for: STARTTLS"):
        server.deliver(make_letter())

    assert (postmaster.taken, postmaster.credentials) == ([], [])


def test_an_authority_whose_file_is_not_there_is_for_the_operator_to_mend(tmp_path, make_letter):
    server = Smtp(host="localhost", port=1, ca_file=tmp_path / "none.pem")

    with pytest.raises(SetupError, match="cannot be read"):
        server.deliver(make_letter())


def test_each_recipient_has_an_answer_of_its_own(serve_mail, make_letter, postmaster):
    postmaster.answers = {"late@example.org": ["451 come again"], "gone@example.org": ["550 no such user"]}
    server = serve_mail()

    receipt = server.deliver(make_letter(["ada@example.org", "late@example.org", "gone@example.org"]))

    assert receipt.put_off == {"late@example.org": "451 come again"}
    assert receipt.refused == {"gone@example.org": "550 no such user"}
    assert [to for to, _ in postmaster.taken] == [("ada@example.org",)]


@pytest.mark.parametrize(
    ("moment", "answer", "kind"),
    [
        ("MAIL", "452 full", "put_off"), ("MAIL", "552 too large", "refused"),
        ("DATA", "452 full", "put_off"), ("DATA", "554 spam", "refused"),
    ],
)  # fmt: skip
def test_what_is_answered_to_the_letter_is_answered_to_everybody(
    serve_mail, make_letter, postmaster, moment, answer, kind
):
    postmaster.answers = {moment: [answer]}

    receipt = serve_mail().deliver(make_letter(["ada@example.org", "eve@example.org"]))

    assert getattr(receipt, kind) == {"ada@example.org": answer, "eve@example.org": answer}
    assert postmaster.taken == []


@pytest.mark.parametrize("data", ["554 spam", "451 later"])
def test_whoever_was_refused_or_put_off_stays_so_whatever_is_said_to_the_letter(
    serve_mail, make_letter, postmaster, data
):
    postmaster.answers = {"late@example.org": ["450 late"], "gone@example.org": ["550 gone"], "DATA": [data]}

    receipt = serve_mail().deliver(make_letter(["ada@example.org", "late@example.org", "gone@example.org"]))

    answers = {"ada@example.org": data, "late@example.org": "450 late", "gone@example.org": "550 gone"}
    assert receipt.put_off == {who: answer for who, answer in answers.items() if answer < "5"}
    assert receipt.refused == {who: answer for who, answer in answers.items() if answer > "5"}


def test_every_answer_that_begins_with_a_two_is_a_yes(serve_mail, make_letter, postmaster):
    postmaster.answers = {"ada@example.org": ["252 cannot verify"], "DATA": ["251 will forward"]}

    assert serve_mail().deliver(make_letter()) == Receipt()


def test_a_sender_that_the_server_does_not_like_is_for_the_operator_to_mend(serve_mail, make_letter, postmaster):
    postmaster.answers = {"MAIL": ["553 not yours"]}

    with pytest.raises(SetupError, match=r"no mail from shop@example.org \(553 not yours\).*MAIL_SENDER"):
        serve_mail().deliver(make_letter())


def test_a_server_that_breaks_off_has_given_it_to_nobody(serve_mail, make_letter, postmaster):
    postmaster.answers = {"eve@example.org": ["421 closing"]}

    receipt = serve_mail().deliver(make_letter(["ada@example.org", "eve@example.org", "zoe@example.org"]))

    assert list(receipt.put_off) == ["ada@example.org", "eve@example.org", "zoe@example.org"]
    assert postmaster.taken == []


def test_an_answer_is_told_without_control_characters_and_in_short(serve_mail, make_letter, postmaster):
    postmaster.answers = {"ada@example.org": ["550 \x1b[2J" + "no " * 100]}

    (answer,) = serve_mail().deliver(make_letter()).refused.values()

    assert answer.isprintable()
    assert len(answer) <= 200


@contextlib.contextmanager
def answering(speak):
    """A server that is no mail server: it does `speak(connection)` for whoever comes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            speak(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    with listening:
        yield listening.getsockname()[1]
        thread.join()


def take(connection, think=lambda connection: None):
    connection.sendall(b"220 hello\r\n")
    lines = connection.makefile("rb")
    for answer in (b"250 sink", b"250 from", b"250 to", b"354 go on"):
        lines.readline()
        connection.sendall(answer + b"\r\n")
    while lines.readline() != b".\r\n":
        pass
    think(connection)
    connection.sendall(b"250 taken\r\n")


def drip(connection):
    while True:
        connection.sendall(b"2")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("speak", "told"),
    [
        (lambda connection: connection.recv(1), "timed out"),
        (lambda connection: connection.sendall(b"554 go away\r\n"), "554 go away"),
        (lambda connection: connection.sendall(b"220 hello\r\n421 too busy\r\n"), "takes no mail for now: "),
        (lambda connection: None, "takes no mail for now: "),
        (drip, "takes no mail for now: "),
    ],
    ids=["says nothing", "refuses to talk", "is too busy", "hangs up", "says a letter now and then"],
)
@pytest.mark.parametrize("security", ["none", "starttls"])
def test_a_server_that_does_not_take_part_ends_in_time_and_is_tried_again(speak, told, security, make_letter):
    with answering(speak) as port:
        server = Smtp(host="127.0.0.1", port=port, security=security, step_seconds=0.3, total_seconds=0.6)
        began = time.monotonic()

        with pytest.raises(NotTaken) as error:
            server.deliver(make_letter())

    assert time.monotonic() - began < 3
    assert told in str(error.value)


def test_where_nobody_listens_it_is_tried_again(make_letter):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises(NotTaken, match="Connection refused"):
        Smtp(host="127.0.0.1", port=port).deliver(make_letter())


def test_a_letter_that_was_taken_stays_taken_whatever_the_goodbye(make_letter):
    with answering(take) as port:
        receipt = Smtp(host="127.0.0.1", port=port, security="none").deliver(make_letter())

    assert receipt == Receipt()


def test_a_server_that_has_the_letter_may_think_it_over(make_letter):
    def think(connection):
        time.sleep(0.8)

    with answering(lambda connection: take(connection, think)) as port:
        server = Smtp(host="127.0.0.1", port=port, security="none", step_seconds=0.3, total_seconds=0.4)
        receipt = server.deliver(make_letter())

    assert receipt == Receipt()


@pytest.mark.parametrize("never_end", [lambda connection: connection.recv(1), drip], ids=["nothing", "in letters"])
def test_a_server_that_thinks_for_ever_is_asked_again(make_letter, never_end):
    with answering(lambda connection: take(connection, never_end)) as port:
        server = Smtp(host="127.0.0.1", port=port, security="none", total_seconds=0.4, taking_seconds=0.6)

        with pytest.raises(NotTaken):
            server.deliver(make_letter())


def test_a_way_to_log_in_that_nobody_knows_is_for_the_operator_to_mend(make_letter):
    def speak(connection):
        connection.sendall(b"220 hello\r\n")
        connection.makefile("rb").readline()
        connection.sendall(b"250-sink\r\n250 AUTH XOAUTH2\r\n")
        connection.recv(1)

    with answering(speak) as port:
        server = Smtp(host="127.0.0.1", port=port, security="none", user="shop", password="sesame")

        with pytest.raises(SetupError, match="in an unknown way"):
            server.deliver(make_letter())
