"""What calls is named in words by which its owner knows it again; it says of itself whatever it likes."""

import pytest

from carboy.accounts.user_agents import described

NAMELESS = "Something that does not say its name"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

BROWSERS = {
    # Firefox
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox on Linux",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": "Firefox on Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox on Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.7; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox on macOS",
    "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0": "Firefox on Android",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) {APPLE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15":
        "Firefox on iPhone",
    # Chrome
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36": "Chrome on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36": "Chrome on Windows",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Chrome/131.0.0.0 Safari/537.36": "Chrome on macOS",
    f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) {APPLE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1":
        "Chrome on iPhone",
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/131.0.0.0 Safari/537.36": "Chrome on Linux",
    # Safari
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/17.6 Safari/605.1.15": "Safari on macOS",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) {APPLE} Version/17.6 Mobile/15E148 Safari/604.1":
        "Safari on iPhone",
    f"Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) {APPLE} Version/16.6 Mobile/15E148 Safari/604.1": "Safari on iPad",
    # Those that say they are Chrome as well
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70":
        "Edge on Windows",
    f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.2903.48":
        "Edge on Android",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) {APPLE} Version/17.0 EdgiOS/131.0.2903.68 Mobile/15E148"
    " Safari/605.1.15": "Edge on iPhone",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0":
        "Opera on Windows",
    f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36":
        "Samsung Internet on Android",
}  # fmt: skip

PROGRAMS = {
    "curl/8.5.0": "curl",
    "python-requests/2.32.3": "python-requests",
    "okhttp/4.12.0": "okhttp",
    "Wget/1.21.4": "Wget",
    "PostmanRuntime/7.43.0": "PostmanRuntime",
    "Go-http-client/2.0": "Go-http-client",
    "Dart/3.5 (dart:io)": "Dart",
    f"ShopApp/3.2 (Linux; Android 14) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36": "ShopApp",
    "my_shop.sync": "my_shop.sync",
    "Chrome": "Chrome",
    "x" * 200: "x" * 40,
}

NOBODIES = [
    "", " ", "/1.0", "()", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\x00", "{{ 7 * 7 }}",
    "Mozilla/5.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Mozilla/5.0 <script>alert(1)</script>",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
]  # fmt: skip


@pytest.mark.parametrize(("user_agent", "said"), BROWSERS.items())
def test_a_browser_is_told_with_its_system(user_agent, said):
    assert described(user_agent) == said


@pytest.mark.parametrize(("user_agent", "said"), PROGRAMS.items())
def test_a_program_is_told_by_its_own_name(user_agent, said):
    assert described(user_agent) == said


@pytest.mark.parametrize("user_agent", NOBODIES)
def test_what_has_no_name_is_told_so(user_agent):
    assert described(user_agent) == NAMELESS


def test_a_browser_on_no_system_that_we_know_is_told_alone():
    assert described("Mozilla/5.0 (Haiku x86_64; rv:133.0) Gecko/20100101 Firefox/133.0") == "Firefox"


def test_what_is_told_is_never_longer_than_a_line_and_never_markup():
    hostile = [f"{start}{'<b>Firefox' * 100}" for start in ("Mozilla/5.0 ", "Mozilla/5.0 (Windows) ", "evil<", "")]

    told = [described(user_agent) for user_agent in hostile]

    assert [text for text in told if len(text) > 40 or "<" in text] == []
