#!/usr/bin/env python3
"""See what people see: pages of a running server, at two widths, in light and dark.

    make run                                                     in one terminal
    .venv/bin/python tools/screenshots.py /tmp/seen / /login        in another
    .venv/bin/python tools/screenshots.py /tmp/seen /account --by ada@example.com

With --by it logs in first, by the form; the password is read from the variable PASSWORD, or asked for.
"""

import argparse
import getpass
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> int:
    """Take the pictures, and say where each is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("paths", nargs="+", help="pages, such as /login")
    parser.add_argument("--server", default="http://127.0.0.1:5000", help="where the server is (%(default)s)")
    parser.add_argument("--by", default="", help="the address or user name of somebody who logs in first")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for picture in pictures(browser, asked):
            sys.stdout.write(f"{picture}\n")
        browser.close()
    return 0


def chromium() -> str:
    """Return where Chromium is."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("There is no Chromium here: apt-get install chromium")
    return program


def pictures(browser: Browser, asked: argparse.Namespace) -> Iterator[str]:
    """Take each page as everybody would see it."""
    known = log_in(browser, asked) if asked.by else None
    for width, scheme in itertools.product(WIDTHS, SCHEMES):
        size = {"width": width, "height": 844 if width < 500 else 900}
        context = browser.new_context(
            base_url=asked.server, viewport=size, color_scheme=scheme, reduced_motion="reduce", storage_state=known
        )
        for path in asked.paths:
            yield picture(
                context, path, asked.folder / f"{path.strip('/').replace('/', '-') or 'home'}-{width}-{scheme}.png"
            )
        context.close()


def picture(context: BrowserContext, path: str, file: Path) -> str:
    """Take the whole page, and say where it went and where it led."""
    page = context.new_page()
    answer = page.goto(path)
    page.screenshot(path=file, full_page=True)
    status = answer.status if answer else "?"
    return f"{file}  {status} {page.url}"


def log_in(browser: Browser, asked: argparse.Namespace) -> StorageState:
    """Log in by the form, and give what the browser then holds."""
    password = os.environ.get("PASSWORD") or getpass.getpass(f"Password of {asked.by}: ")
    context = browser.new_context(base_url=asked.server)
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=email]", asked.by)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    if page.url.endswith("/login"):
        raise SystemExit(f"{asked.by} could not log in with this password.")
    return context.storage_state()


if __name__ == "__main__":
    sys.exit(main())
