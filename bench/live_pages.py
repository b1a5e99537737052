"""How long until a tick in one browser is seen in another one.

    python -m bench.live_pages http://127.0.0.1:5000 [rounds]

The server is the starter as it is served in production; a user is made for the purpose.
"""

import json
import statistics
import sys
import time
import urllib.request
from uuid import uuid4

from playwright.sync_api import Browser, Page, expect, sync_playwright
from tools.screenshots import ARGUMENTS, chromium

PASSWORD = "seventeen green umbrellas sing"  # noqa: S105


def main(address: str, rounds: int) -> None:
    """Measure, and tell."""
    email = f"{uuid4().hex}@example.com"
    post(f"{address}/api/v1/users", {"email": email, "password": PASSWORD})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        here, there = (enter(browser, address, email) for _ in range(2))
        seconds = [one_round(here, there, f"Round {number}") for number in range(rounds)]
        browser.close()
    print(f"median {statistics.median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms, {rounds} rounds")


def post(url: str, said: object) -> None:
    """Send JSON."""
    asked = urllib.request.Request(url, json.dumps(said).encode(), {"Content-Type": "application/json"})  # noqa: S310
    urllib.request.urlopen(asked, timeout=20).close()  # noqa: S310


def enter(browser: Browser, address: str, email: str) -> Page:
    """Log in by the form, and wait at the list."""
    page = browser.new_context(base_url=address).new_page()
    page.goto("/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        page.goto("/todos")
    return page


def one_round(here: Page, there: Page, title: str) -> float:
    """Add a todo here and see it there; the seconds from the click."""
    here.get_by_label("What is to be done?").fill(title)
    began = time.perf_counter()
    here.get_by_role("button", name="Add").click()
    expect(there.get_by_role("link", name=title, exact=True)).to_be_visible()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), int(sys.argv[2]) if sys.argv[2:] else 20)
