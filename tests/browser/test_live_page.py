"""A page that listens: it hears what others did, comes back after a gap, and is quiet where it is not let in.

It runs what docs/how-to/live.md shows.
"""

import pytest

from carboy.accounts import ending
from carboy.accounts.room import HERE
from carboy.accounts.table import SESSIONS
from carboy.live.flask import live_of
from carboy.web.identity import public

pytestmark = pytest.mark.long

PAGE = """<!doctype html><html lang="en"><head><title>Live</title><link rel="icon" href="data:,">
<script src="/static/vendor/socket.io/socket.io.min.js"></script><script type="module" src="/listens.js"></script>
</head><body><main id="heard"></main></body></html>"""

SCRIPT = """
import { listen } from "/static/live/live.js";
listen("mine", (event) => {
  const line = document.createElement("p");
  line.textContent = `${event.event} ${event.data ? event.data.id : ""}`;
  document.getElementById("heard").append(line);
});
listen("nobody", () => { throw new Error("This room is closed."); });
"""


@pytest.fixture
def shop(app):
    """The starter with a page that listens."""
    live_of(app).room("mine", lambda who: f"user:{who.user_id}")
    app.add_url_rule("/listens", "listens", public(lambda: PAGE))
    script = SCRIPT, 200, {"Content-Type": "text/javascript"}
    app.add_url_rule("/listens.js", "listens_script", public(lambda: script))
    return app


@pytest.fixture
def sockets(shop):
    sockets = shop.extensions["carboy.live.sockets"]
    yield sockets
    sockets.close_all()


def hears(page, words):
    page.get_by_text(words).first.wait_for()


def test_two_pages_of_one_user_hear_what_happened_and_a_third_does_not(shop, sockets, users, open_page):
    ada, bob = users.make(), users.make("bob@example.com")
    pages = [open_page(by=one) for one in (ada, ada, bob)]
    for page in pages:
        page.goto("/listens")
        hears(page, "live:resync")  # it may have missed what happened between the page and its socket

    live_of(shop).publish(f"user:{ada.id}", "todo:changed", {"id": 7})
    live_of(shop).publish(f"user:{bob.id}", "todo:changed", {"id": 8})

    for page, number in zip(pages, (7, 7, 8), strict=True):
        hears(page, f"todo:changed {number}")
    assert pages[2].get_by_text("todo:changed 7").count() == 0


def test_a_page_that_was_cut_off_comes_back_and_asks_for_everything_again(shop, sockets, users, open_page):
    ada = users.make()
    page = open_page(by=ada)
    page.goto("/listens")
    hears(page, "live:resync")

    for wire in list(sockets.wires):
        wire.close()
    page.get_by_text("live:resync").nth(1).wait_for()
    live_of(shop).publish(f"user:{ada.id}", "todo:changed", {"id": 9})

    hears(page, "todo:changed 9")


@pytest.mark.long
def test_a_page_whose_sign_in_has_ended_is_cut_off_and_says_nothing_of_it(shop, sockets, users, open_page):
    ada = users.make()
    page = open_page(by=ada)
    page.goto("/listens")
    hears(page, "live:resync")

    with users.room.database.transaction() as session:
        ending.end(users.room, session, SESSIONS.c.user_id == ada.id, reason="logout", caller=HERE)
    page.wait_for_timeout(1500)  # in which it would come back

    assert sockets.listeners == {}
    assert sockets.wires == set()


@pytest.mark.long
def test_a_page_of_a_stranger_hears_nothing_and_breaks_nothing(shop, sockets, open_page):
    page = open_page()

    page.goto("/listens")
    page.wait_for_timeout(1000)

    assert sockets.listeners == {}
    assert page.locator("#heard p").count() == 0
