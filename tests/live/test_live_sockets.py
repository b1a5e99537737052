"""Who may open a socket, what they may listen to, and what closes it."""

import logging
from socket import create_connection

import engineio
import pytest
from engineio.exceptions import SocketIsClosedError
from listening import Raw, Refused, as_soon_as_it_can
from sqlalchemy import update

from carboy import context
from carboy.accounts import administering
from carboy.accounts.room import HERE
from carboy.accounts.table import SESSIONS
from carboy.context import utc_now
from carboy.live import keeper, limits

pytestmark = pytest.mark.long

LAST = ("that was all", None)


def test_a_script_with_an_access_token_hears_what_is_published_in_its_room(ada, sign_in, open_socket, publish):
    socket = open_socket(token=sign_in().token)
    answer = socket.listen("mine")

    publish(f"user:{ada.id}", "todo:changed", {"id": ada.id})

    assert answer["room"] == f"user:{ada.id}"
    assert socket.next() == ("todo:changed", {"id": str(ada.id)})


def test_the_log_says_in_which_request_it_happened_what_a_socket_is_told(ada, sign_in, open_socket, publish, caplog):
    caplog.set_level(logging.DEBUG, "carboy.live")
    noted = []
    caplog.handler.addFilter(lambda line: noted.append((line.getMessage(), context.request_id())) or True)
    socket = open_socket(token=sign_in().token)
    socket.listen("everybody")

    with context.working_for("a-request-of-somebody"):
        publish("everybody", *LAST)

    assert socket.next() == LAST
    assert ("live event told", "a-request-of-somebody") in noted


def test_nobody_hears_what_is_published_elsewhere(ada, sign_in, open_socket, publish):
    socket = open_socket(token=sign_in().token)
    socket.listen("list:apples")

    publish("user:somebody", "todo:changed")
    publish("list:avocados", "todo:changed")
    publish("list:apples", *LAST)

    assert socket.next() == LAST


def test_who_has_left_a_room_hears_no_more_of_it(ada, sign_in, open_socket, publish):
    socket = open_socket(token=sign_in().token)
    socket.listen("everybody")
    socket.listen("mine")
    socket.leave("everybody")

    publish("everybody", "todo:changed")
    publish(f"user:{ada.id}", *LAST)

    assert socket.next() == LAST


def test_a_room_that_was_not_opened_or_not_to_them_is_refused(ada, sign_in, open_socket):
    names = ["nobody", "list:bananas", "list:a:b", "user:1", "session:1", "broken", "", "*", 7, None]
    socket = open_socket(token=sign_in().token)

    assert [socket.listen(name) for name in names] == [{"refused": True}] * len(names)


def test_nobody_listens_in_more_rooms_than_a_page_needs(ada, sign_in, open_socket):
    socket = open_socket(token=sign_in().token)

    answers = [socket.listen(f"list:a{number}") for number in range(limits.MOST_ROOMS + 1)]

    assert [answer for answer in answers if "refused" in answer] == answers[-1:]


def test_a_browser_is_known_by_its_cookie(ada, cookie, open_socket, publish):
    socket = open_socket(cookie=cookie)
    socket.listen("mine")

    publish(f"user:{ada.id}", *LAST)

    assert socket.next() == LAST


def test_a_cookie_that_another_site_had_sent_opens_no_socket(cookie, open_socket):

    with pytest.raises(Refused):
        open_socket(cookie=cookie, Origin="https://evil.example.org")


@pytest.mark.settings(cors_origins=("https://friend.example.org",))
def test_a_script_of_a_trusted_site_brings_a_token_and_its_cookie_counts_for_nothing(cookie, sign_in, open_socket):
    friend = {"Origin": "https://friend.example.org"}

    with pytest.raises(Refused):
        open_socket(cookie=cookie, **friend)
    assert "room" in open_socket(token=sign_in().token, **friend).listen("mine")


@pytest.mark.parametrize("token", ["", "rubbish", "eyJhbGciOiJub25lIn0.e30."])
def test_s72_a_stranger_is_refused(token, shop, open_socket):
    with pytest.raises(Refused):
        open_socket(token=token or None)


def test_s72_a_socket_that_another_site_opens_is_refused(ada, sign_in, open_socket):
    with pytest.raises(Refused):
        open_socket(Origin="https://evil.example.org")


def test_s72_a_revoked_token_opens_no_socket(ada, sign_in, open_socket):
    who = sign_in()
    who("DELETE", "/tokens")

    with pytest.raises(Refused):
        open_socket(token=who.token)


def test_s43_a_sign_in_that_ends_closes_its_sockets_and_no_others(ada, sign_in, open_socket, publish):
    phone, laptop = sign_in(), sign_in()
    theirs, mine = open_socket(token=phone.token), open_socket(token=laptop.token)
    mine.listen("everybody")

    assert phone("DELETE", "/tokens").status_code == 204
    seconds = theirs.wait_until_closed()
    publish("everybody", *LAST)

    assert seconds < 2
    assert mine.next() == LAST


def test_whoever_is_shut_out_is_disconnected(ada, room, sign_in, open_socket):
    socket = open_socket(token=sign_in().token)

    administering.set_active(room, ada.id, False, caller=HERE)

    assert socket.wait_until_closed() < 2


def test_a_sign_in_that_nobody_revoked_is_looked_at_again(ada, room, sign_in, open_socket, monkeypatch):
    monkeypatch.setattr(keeper, "CHECK_SECONDS", 0.5)
    socket = open_socket(token=sign_in().token)
    with room.database.transaction() as session:
        session.execute(update(SESSIONS).values(expires_at=utc_now()))

    assert socket.wait_until_closed() < 3


def test_who_is_still_the_same_stays(ada, sign_in, open_socket, publish, monkeypatch, shop):
    monkeypatch.setattr(keeper, "CHECK_SECONDS", 0.0)
    socket = open_socket(token=sign_in().token)
    socket.listen("everybody")
    listener = next(iter(shop.extensions["carboy.live.sockets"].listeners.values()))
    before = listener.checked_at

    while listener.checked_at == before:
        pass
    publish("everybody", *LAST)

    assert socket.next() == LAST


@pytest.mark.settings(live_sockets=2)
def test_the_surplus_is_told_to_come_later_and_a_seat_that_is_left_is_free(open_raw):
    first, _second = open_raw(), open_raw()

    with pytest.raises(Refused) as refused:
        open_raw()
    status, headers = refused.value.args

    assert status == 503
    assert int(headers["retry-after"]) > 0
    first.close()
    assert as_soon_as_it_can(open_raw)


def test_whoever_does_not_say_who_they_are_is_disconnected(open_raw, monkeypatch):
    monkeypatch.setattr(keeper, "PATIENCE_SECONDS", 0.3)

    assert open_raw().close_code() == 1008


def test_a_message_that_is_too_large_closes_the_socket(open_raw):
    socket = open_raw()

    socket.send("4" + "x" * limits.LARGEST_MESSAGE)

    assert socket.close_code() == 1009


def test_whoever_sends_too_often_is_disconnected(open_raw):
    socket = open_raw()

    for _ in range(limits.MOST_MESSAGES + 1):
        socket.send("3")

    assert socket.close_code() == 1008


def test_a_server_that_stops_says_so_at_once(open_raw, shop):
    socket = open_raw()
    socket.socket.recv()

    shop.extensions["carboy.live.sockets"].close_all()

    assert socket.close_code() == 1001
    with pytest.raises(Refused):
        open_raw()


def test_nothing_but_a_socket_is_opened_there(shop, client):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    asked = ["", "transport=polling&EIO=4", "transport=websocket&EIO=3", "transport=websocket&EIO=4&sid=x"]

    answers = [client.get(f"/socket.io/?{one}", headers=headers) for one in asked for headers in ({}, upgrade)]

    assert {answer.status_code for answer in answers} == {400}


def test_a_socket_that_closes_in_this_very_moment_keeps_nobody_from_hearing(
    shop, ada, sign_in, open_socket, publish, monkeypatch
):
    sockets = [open_socket(token=sign_in().token) for _ in range(5)]
    for socket in sockets:
        socket.listen("everybody")
    check, third = engineio.socket.Socket.check_ping_timeout, list(engine_of(shop).sockets.values())[2]

    def closes(one):
        if one is third:
            raise SocketIsClosedError
        return check(one)

    monkeypatch.setattr(engineio.socket.Socket, "check_ping_timeout", closes)
    publish("everybody", *LAST)

    assert [socket.next() for number, socket in enumerate(sockets) if number != 2] == [LAST] * 4


def engine_of(shop):
    return shop.extensions["carboy.live.sockets"]._server.eio


@pytest.mark.settings(live_sockets=1)
def test_a_seat_is_free_again_when_something_went_wrong_after_all(shop, open_raw):
    wrong = [True]

    @shop.after_request
    def go_wrong(answer):
        if wrong and answer.status_code == 101:
            wrong.clear()
            raise RuntimeError("Something is wrong.")
        return answer

    with pytest.raises(Refused) as refused:
        open_raw()

    assert refused.value.args[0] == 500
    assert open_raw()


@pytest.mark.settings(script_name="/sub")
def test_under_a_sub_path_sockets_are_opened_there_and_nowhere_else(address):
    under = Raw(f"{address}/sub")
    under.close()

    with pytest.raises(Refused) as refused:
        Raw(address)

    assert refused.value.args[0] == 404


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1.evil.example.org"])
def test_a_socket_of_a_strange_host_is_refused(host, address):
    with pytest.raises(Refused) as refused:
        Raw(address, host=host)

    assert refused.value.args[0] == 400


def test_what_is_no_handshake_ends_the_connection_and_frees_the_seat(address, shop):
    port = int(address.rpartition(":")[2])
    with create_connection(("127.0.0.1", port), timeout=10) as connection:
        path = "/socket.io/?transport=websocket&EIO=4"
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode()
        )
        answer = connection.recv(100)

    assert answer == b""
    assert shop.extensions["carboy.live.sockets"].wires == set()
