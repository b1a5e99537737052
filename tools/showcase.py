#!/usr/bin/env python3
"""The pictures of the starter that documents show: `make screenshots` writes them into docs/images.

The application is served from here, on a database of its own, to people who have something to do. It is always the
same morning there, so that a picture changes when a page does.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import time_machine
from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, StorageState, sync_playwright
from screenshots import ARGUMENTS, chromium
from werkzeug.serving import WSGIRequestHandler, make_server

from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.flask import accounts_of
from carboy.accounts.room import Caller
from carboy.accounts.sessions import Pair
from carboy.accounts.table import Kind
from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from carboy.testing.accounts import UsersOfTest
from carboy.testing.jobs import JobsOfTest
from starter import create_app
from starter.settings import Settings

IMAGES = Path(__file__).parents[1] / "docs" / "images"
EARLY, MORNING, TODAY = "2026-12-01 06:50:00Z", "2026-12-01 08:30:00Z", date(2026, 12, 1)
SHOW_IMAGES = "Promise.all(Array.from(document.images, (image) => { image.loading = 'eager'; return image.decode() }))"
DESK, PHONE = (1280, 860), (390, 844)


class Picture(NamedTuple):
    """What is to be seen, and how."""

    name: str
    path: str
    size: tuple[int, int]
    scheme: str = "light"
    by: str = "ada"


PICTURES = (
    Picture("home", "/", DESK),
    Picture("todos", "/todos", DESK),
    Picture("todos-dark", "/todos", DESK, "dark"),
    Picture("todos-phone", "/todos", PHONE),
    Picture("todos-phone-dark", "/todos", PHONE, "dark"),
    Picture("todo", "/todos/{flight}", DESK),
    Picture("todo-phone", "/todos/{flight}", PHONE, "dark"),
    Picture("people", "/people", DESK),
    Picture("sessions", "/account/sessions", DESK),
    Picture("users", "/admin/users", DESK),
    Picture("log-in-phone", "/login", PHONE, by=""),
)

# Where ada is logged in, the one in use last: when, from which address, by what.
PHONE_OF_ADA = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Mobile Safari/604.1"
DEVICES = (
    ("2026-11-29 19:12:00Z", Caller("203.0.113.77", PHONE_OF_ADA)),
    (MORNING, Caller("198.51.100.8", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")),
)

PEOPLE = {
    "ada": {"first_name": "Ada", "last_name": "Lovelace", "role": "admin"},
    "grace": {"first_name": "Grace", "last_name": "Hopper"},
    "mary": {"first_name": "Mary", "last_name": "Somerville"},
    "emmy": {"first_name": "Emmy", "last_name": "Noether"},
}

# What there is to do, the newest last: a title, when it is due, how urgent it is, tags, and who is to do it.
TODOS: tuple[tuple[str, int | None, int, list[str], list[str]], ...] = (
    ("Return the library books", -2, 3, ["home"], []),
    ("Write the minutes of the last meeting", None, 4, ["office"], ["emmy"]),
    ("Book the flight to Lisbon", 1, 1, ["journey"], ["grace"]),
    ("Ask for three offers for the printing", 6, 3, ["office", "brochure"], ["mary", "emmy"]),
    ("Water the plants", 0, 3, ["home"], []),
    ("Proofread the brochure", 3, 2, ["brochure"], ["grace", "mary"]),
)
FLIGHT = "Book the flight to Lisbon"


def main() -> int:
    """Take every picture, and say where it is."""
    take_all(IMAGES)
    return 0


def take_all(images: Path) -> None:
    """Take every picture into this folder."""
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with time_machine.travel(EARLY):
            shop = Shop(Path(folder))
        with time_machine.travel(MORNING), served(shop.app) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            for wanted in PICTURES:
                file = images / f"{wanted.name}.png"
                take(browser, address, shop, wanted, file)
                sys.stdout.write(f"{file}\n")
            browser.close()


class Shop:
    """The starter, with people and what they have to do."""

    def __init__(self, root: Path) -> None:
        said = {"mode": "development", "database_url": f"sqlite:///{root}/shop.sqlite", "log_level": "ERROR"}
        self.app = create_app(Settings.load(root=root, environ={}, **said))
        room = data_of(self.app)
        room.migrations.upgrade(room.database)
        self.app.extensions["carboy.jobs"] = replace(jobs_of(self.app), clock=utc_now)
        self.ids: dict[str, str] = {}
        self._users = UsersOfTest(accounts_of(self.app))
        self._people = {
            name: self._users.make(f"{name}@example.com", username=name, **said) for name, said in PEOPLE.items()
        }
        self._tokens = {name: self._log_in(name) for name in PEOPLE}
        self._headers = {name: self._let_in(name) for name in PEOPLE}
        self._ask = self._asker()
        for todo in TODOS:
            self._add(*todo)
        self._look("grace", portrait("#31546b", "#e7c4a0", "#4a2f22"))
        self._look("ada", portrait("#4f3a5e", "#f0cfae", "#2a1a14"))
        self._look("emmy", portrait("#2f5a43", "#ecc9a8", "#6b4a2b"))
        self._look("mary", portrait("#7a6a3a", "#d9a77f", "#1f1a17"))
        self._hang(f"/todos/{self.ids['flight']}/attachments", "lisbon.png", "image/png", picture())
        self._hang(f"/todos/{self.ids['flight']}/attachments", "offer.txt", "text/plain", b"Two seats at the window\n")
        JobsOfTest(jobs_of(self.app)).drain()

    def state_of(self, name: str, address: str) -> StorageState | None:
        """Return what the browser of somebody holds who is logged in; of a stranger, nothing."""
        if not name:
            return None
        client = self.app.test_client()
        with client.session_transaction() as session:
            session[IN_THE_SESSION] = self._tokens[name]
        cookie = self.app.config["SESSION_COOKIE_NAME"]
        held = client.get_cookie(cookie)
        assert held  # noqa: S101  (it was just given)
        return {"cookies": [{"name": cookie, "value": held.value, "url": address}]}  # type: ignore[typeddict-item]

    def _log_in(self, name: str) -> str:
        """Log in on every device, and return what the last one holds."""
        held = None
        for moment, caller in DEVICES if name == "ada" else DEVICES[-1:]:
            with time_machine.travel(moment):
                held = self._users.sign_in(self._people[name], Kind.BROWSER, caller=caller)
        assert isinstance(held, Pair)  # noqa: S101  (of this kind it is)
        return held.session_token

    def _let_in(self, name: str) -> dict[str, str]:
        script = Caller("198.51.100.8", "curl/8.14.1")
        held = self._users.sign_in(self._people[name], Kind.API, caller=script)
        assert isinstance(held, Pair)  # noqa: S101
        return {"Authorization": f"Bearer {held.session_token}"}

    def _asker(self) -> Any:
        client, headers = self.app.test_client(use_cookies=False), self._headers["ada"]

        def ask(path: str, **said: Any) -> Any:
            answer = client.post(f"/api/v1{path}", headers=headers, **said)
            assert answer.status_code in (200, 201), answer.text  # noqa: S101
            return answer.json

        return ask

    def _look(self, name: str, content: bytes) -> None:
        headers, file = self._headers[name], (io.BytesIO(content), "me.png", "image/png")
        answer = self.app.test_client(use_cookies=False).put(
            "/api/v1/people/me/picture", headers=headers, data={"file": file}
        )
        assert answer.status_code == 200, answer.text  # noqa: S101

    def _add(self, title: str, days: int | None, priority: int, tags: list[str], assignees: list[str]) -> None:
        due_on = None if days is None else str(TODAY + timedelta(days=days))
        said = {"title": title, "due_on": due_on, "priority": priority, "tags": tags, "assignees": assignees}
        made = self._ask("/todos", json=said)
        if title == FLIGHT:
            self.ids["flight"] = made["id"]

    def _hang(self, path: str, name: str, media_type: str, content: bytes) -> None:
        self._ask(path, data={"file": (io.BytesIO(content), name, media_type)})


def picture() -> bytes:
    """Paint something that might be Lisbon in the evening."""
    image = Image.new("RGB", (640, 640), "#f2b880")
    paint = ImageDraw.Draw(image)
    for number, colour in enumerate(("#eaa26e", "#dd8560", "#c86a58")):
        paint.rectangle((0, 120 + number * 90, 640, 640), fill=colour)
    paint.ellipse((400, 180, 520, 300), fill="#fff2d6")
    for left, top, colour in ((0, 420, "#7d4a52"), (150, 380, "#6a3f4d"), (320, 440, "#5b3848"), (470, 400, "#4c3043")):
        paint.rectangle((left, top, left + 180, 640), fill=colour)
        paint.polygon(((left - 10, top), (left + 90, top - 60), (left + 190, top)), fill="#b5523f")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def portrait(ground: str, skin: str, hair: str) -> bytes:
    """Paint somebody, as far as that can be done with four shapes."""
    image = Image.new("RGB", (512, 512), ground)
    paint = ImageDraw.Draw(image)
    paint.ellipse((96, 380, 416, 700), fill="#f4f5ef")
    paint.ellipse((140, 96, 372, 372), fill=hair)
    paint.ellipse((168, 140, 344, 392), fill=skin)
    paint.pieslice((150, 100, 362, 300), 180, 360, fill=hair)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_said: object) -> None:
        pass


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


def take(browser: Browser, address: str, shop: Shop, wanted: Picture, file: Path) -> None:
    """Take one picture."""
    width, height = wanted.size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        color_scheme=wanted.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        storage_state=shop.state_of(wanted.by, address),
    )
    page: Page = context.new_page()
    answer = page.goto(wanted.path.format(**shop.ids), wait_until="load")
    assert answer, wanted.path  # noqa: S101
    assert answer.ok, f"{wanted.path} is answered {answer.status}"  # noqa: S101
    page.evaluate(SHOW_IMAGES)
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
