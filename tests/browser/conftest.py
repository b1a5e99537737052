"""A real browser, and the starter served to it. Whatever goes wrong in a page of it fails the test at its end.

site        the starter, served on a port of its own: site.address, site.mail_to(address)
page        an empty page of a new visitor, 1280 pixels wide; page.goto("/login") goes to the site's
open_page   the same made to measure: open_page(NARROW, color_scheme="dark", java_script_enabled=False, by=user)

The rest is the plugin's: `users`, `jobs`, `outbox`, and @pytest.mark.settings for what the starter is told.
"""

import asyncio
import io
import shutil
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from person import Person
from PIL import Image
from serving import served
from watching import Watch

from carboy.accounts.authenticators import IN_THE_SESSION
from carboy.accounts.table import Kind
from carboy.testing.servers import absent, free_port

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip


@pytest.fixture(scope="session")
def started_browser():
    """A Chromium of this test run alone, and the event loop that drives it."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        absent("Chromium", "apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("Playwright", "pip install playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture
def browser(started_browser):
    """The browser. Its loop counts as running only while a test uses it: others may want to run one of their own."""
    browser, loop = started_browser
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@dataclass(frozen=True)
class Site:
    """The starter, as it is reached from outside."""

    address: str
    jobs: object
    outbox: object

    def mail_to(self, address):
        """The last mail that this address was sent, once the jobs that wait are done."""
        self.jobs.drain()
        return self.outbox.to(address)


@pytest.fixture
def settings(settings, committed):
    """Those of a test, and where the site will be: links in mails lead there."""
    return settings.model_copy(update={"app_base_url": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture
def site(settings, app, jobs, outbox):
    """The starter, served on a port of its own by threads that see what was committed."""
    with served(app, urlsplit(settings.app_base_url).port) as address:
        yield Site(address, jobs, outbox)


@pytest.fixture
def watch(browser):
    """Open a context of its own and watch what goes wrong there."""
    contexts = []

    def begin(address, viewport=WIDE, **options):
        context = browser.new_context(base_url=address, viewport=viewport, **options)
        contexts.append(context)
        return context, Watch(context, address)

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(site, watch, cookie_of):
    """Open an empty page of a visitor, or of a user who is signed in; what goes wrong there fails the test."""
    watches = []

    def open_(viewport=WIDE, *, by=None, **options):
        context, watched = watch(site.address, viewport, **options)
        watches.append(watched)
        if by is not None:
            context.add_cookies([cookie_of(by)])
        return context.new_page()

    yield open_
    assert [complaint for watched in watches for complaint in watched.complaints] == []


@pytest.fixture
def page(open_page):
    """An empty page of a new visitor."""
    return open_page()


@pytest.fixture
def cookie_of(app, site, users):
    """Sign a user in, and give the cookie that a browser would hold."""

    def sign_in(user):
        client = app.test_client()
        with client.session_transaction() as session:
            session[IN_THE_SESSION] = users.sign_in(user, Kind.BROWSER).session_token
        name = app.config["SESSION_COOKIE_NAME"]
        return {"name": name, "value": client.get_cookie(name).value, "url": site.address}

    return sign_in


@pytest.fixture
def somebody(open_page, site):
    """Somebody at a browser of their own."""
    return lambda **browser: Person(open_page(**browser), site)


@pytest.fixture
def ada(users):
    return users.make("ada@example.com", username="ada")


@pytest.fixture
def grace(users):
    return users.make("grace@example.com", username="grace")


@pytest.fixture
def picture(tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(file, "PNG")
    path = tmp_path / "milk.png"
    path.write_bytes(file.getvalue())
    return path
