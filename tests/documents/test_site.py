"""The documents as a site, as `make docs` builds it: all of them are in it, and a reader needs nothing else."""

import os
import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from following import BINARIES, ROOT
from serving import served
from werkzeug.exceptions import NotFound
from werkzeug.middleware.shared_data import SharedDataMiddleware

from carboy.testing.servers import absent

pytestmark = pytest.mark.long

ASKED_FOR = ("src", "srcset", "href", "xlink:href", "data", "poster")
IN_A_SHEET = re.compile(r"""(?:url\(|@import)\s*["']?\s*([^"')\s]+)""")
# What Furo scrolls sideways when something in it is too wide.
IS_SCROLLED = "[...document.querySelectorAll('html, .content')].some((part) => part.scrollWidth > part.clientWidth)"


class Page(HTMLParser):
    """What a built page links to, what it asks for by itself, and the places in it."""

    def __init__(self, file):
        super().__init__()
        self.file, self.places, self.links, self.needs = file, set(), [], IN_A_SHEET.findall(file.read_text())
        self.feed(file.read_text())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.places |= {found[name] for name in ("id", "name") if name in found}
        (self.links if tag == "a" else self.needs).extend(found[name] for name in ASKED_FOR if name in found)


@dataclass(frozen=True)
class Site:
    """What was built, and what was said while it was."""

    folder: Path
    code: int
    said: str

    def pages(self):
        return {file: Page(file) for file in sorted(self.folder.rglob("*.html"))}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        ["make", "--old-file=.venv/dev", "docs", f"BIN={BINARIES}", f"SITE={folder}"],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Site(folder, done.returncode, done.stderr)


@contextmanager
def visited(site, **looks):
    """Visit the built files with Chromium, as any web server sends them: a page, where it is, and what it asks for."""
    try:
        from playwright.sync_api import sync_playwright
        from tools.screenshots import ARGUMENTS, chromium
    except ImportError:
        absent("Playwright", "pip install playwright")
    try:
        program = chromium()
    except SystemExit:
        absent("Chromium", "apt-get install chromium")
    asked = []
    files = SharedDataMiddleware(NotFound(), {"/": str(site.folder)})
    with served(files) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = browser.new_page(base_url=address, **looks)
        page.on("request", lambda request: asked.append(request.url))
        yield page, address, asked
        browser.close()


def is_elsewhere(link):
    parts = urlsplit(link)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def test_the_site_is_built_without_a_warning(site):
    assert site.said == ""
    assert site.code == 0


def test_every_document_is_in_the_site_and_at_the_side_of_its_front_page(site):
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    expected = {str(path.relative_to(ROOT).with_suffix(".html")).removeprefix("docs/") for path in documents}

    front = (site.folder / "index.html").read_text()
    side = front[front.index('class="sidebar-tree"') : front.index('class="main"')]

    assert expected - {"index.html"} <= set(re.findall(r'href="([^"#]+)"', side))
    assert all((site.folder / page).is_file() for page in expected)


def test_every_link_leads_to_a_file_and_every_anchor_to_a_place(site):
    pages, lost = site.pages(), []
    for file, page in pages.items():
        for link in [*page.links, *page.needs]:
            if is_elsewhere(link) or link.startswith("data:"):
                continue
            parts = urlsplit(link)
            there = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            place = unquote(parts.fragment)
            if not there.is_file() or (place and there in pages and place not in pages[there].places):
                lost.append(f"{file.relative_to(site.folder)}: {link}")

    assert lost == []


def test_no_page_and_no_sheet_asks_another_host_for_anything(site):
    needs = {file: page.needs for file, page in site.pages().items()}
    needs |= {file: IN_A_SHEET.findall(file.read_text()) for file in site.folder.rglob("*.css")}

    elsewhere = {str(file): [what for what in whats if is_elsewhere(what)] for file, whats in needs.items()}

    assert {file: whats for file, whats in elsewhere.items() if whats} == {}


def test_who_searches_for_a_word_finds_its_page_and_asks_nobody_else(site):
    with visited(site) as (page, address, asked):
        page.goto("/index.html")
        page.fill(".sidebar-search", "savepoint")
        page.press(".sidebar-search", "Enter")
        page.click("#search-results a[href*='how-to/jobs.html']")
        found = page.inner_text("h1")

    assert found.startswith("Have work done later")
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_no_page_is_wider_than_a_phone(site):
    with visited(site, viewport={"width": 390, "height": 844}) as (page, _address, _asked):
        wide = []
        for file in site.pages():
            path = str(file.relative_to(site.folder))
            page.goto(f"/{path}")
            if page.evaluate(IS_SCROLLED):
                wide.append(path)

    assert wide == []
