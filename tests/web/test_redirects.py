"""A visitor is sent on to a place of ours, whatever the link says that brought them."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, request
from hypothesis import example, given
from hypothesis import strategies as st

from carboy.web.redirects import LONGEST, came_from, here, home, safe_next

BASE = "https://shop.example.org/login?next=x"
PLAIN = Flask("shop")

GOOD = [
    "/",
    "/account",
    "/account/sessions?page=2&sort=-id",
    "/search?q=a%20b%2Fc&next=https://evil.example/",
    "/search?q=//evil.example",
    "/docs#usage",
    "/docs?x=1#//evil.example",
    "/a//b",
    "/a/../b",
    "/./evil.example",
    "/@evil.example",
    "/user:pass@evil.example/",
    "/https://evil.example",
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
    "/grüße/日本?q=ä",
    "/" + "a" * (LONGEST - 1),
]

HOSTILE = [
    # With a host, or with something else than a page
    "https://evil.example",
    "HTTPS://evil.example/",
    "http:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//",
    "\x01javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "mailto:eve@evil.example",
    # To a browser, what begins with two slashes is another host
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "//evil.example/%2e%2e",
    "//shop.example.org@evil.example",
    "//",
    # It takes a backslash for a slash: CVE-2021-32618, CVE-2023-49438
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "\\\\\\evil.example",
    "/\\\\/evil.example",
    "/a\\..\\..\\evil.example",
    # It drops tabs and line breaks wherever they are, and blanks around it
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\n/\t/evil.example",
    "/\t\\evil.example",
    "//evil.example\t",
    "/account\r\nSet-Cookie: session=evil",
    "/account\r\n\r\n<script>alert(1)</script>",
    # Other controls and blanks, which some parser strips
    "\x00//evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x1f/evil.example",
    "/\x7f/evil.example",
    "\xa0//evil.example",
    "/\x85/evil.example",
    "/ /evil.example",
    # Not from the root, or from nowhere
    "evil.example",
    "account",
    "./account",
    "../account",
    "?next=/account",
    "#account",
    "@evil.example",
    ":80",
    ".evil.example",
    # Hosts that are none: the parser refuses them
    "//[evil",
    "//[::1",
    # Slashes that are none
    "\uff0f\uff0fevil.example",
    "\u2044\u2044evil.example",
    "\u2028//evil.example",
    "\ufeff//evil.example",
    # Too long
    "/" + "a" * LONGEST,
]


def where_a_browser_goes(location):
    """Where the URL standard says that a browser goes: what it strips, drops and takes for a slash is applied first."""
    said = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(0x21)))))
    scheme, separator, rest = re.match(r"([A-Za-z][A-Za-z0-9+.-]*:)?()(.*)", said, re.DOTALL).groups()
    path, separator, tail = re.match(r"([^?#]*)()(.*)", rest, re.DOTALL).groups()
    path = path.replace("\\", "/")
    if re.match(r"/{2,}", path):
        path = "//" + path.lstrip("/")
    return urljoin(BASE, (scheme or "") + path + separator + tail)


def stays(location):
    parts = urlsplit(where_a_browser_goes(location))
    return (parts.scheme, parts.netloc) == ("https", "shop.example.org")


@pytest.fixture
def at():
    """Be asked at this address, by a browser that sends these headers."""

    def ask(path="/login", **options):
        return PLAIN.test_request_context(path, base_url="https://shop.example.org/", **options)

    return ask


@pytest.mark.parametrize("target", GOOD)
def test_a_path_of_ours_is_kept_as_it_is(at, target):
    with at():
        assert safe_next(target) == target
        assert stays(target)


@pytest.mark.parametrize("target", HOSTILE)
def test_what_is_no_path_of_ours_leads_to_the_first_page(at, target):
    with at():
        assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["", None])
def test_no_target_leads_to_the_first_page_or_to_the_default(at, target):
    with at():
        assert (safe_next(target), safe_next(target, "/account")) == ("/", "/account")


def test_a_hostile_target_leads_to_the_default_if_there_is_one(at):
    with at():
        assert safe_next("//evil.example", "/account") == "/account"


def test_where_a_browser_goes_is_told_as_browsers_do():
    """The measure itself: it must know those that lead elsewhere."""
    elsewhere = ["//evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", " http:evil.example"]
    elsewhere += ["///evil.example", "javascript:alert(1)", "\x01\n//evil.example", "/\n\\/evil.example"]

    assert [target for target in elsewhere if stays(target)] == []
    assert all(stays(target) for target in ("/", "/a\\b", "account", "?q=\\\\", "/?q=//evil.example", "#//"))


PIECES = st.sampled_from(
    ["/", "//", "\\", "\t",
     "\n", "\r", " ", "\x00", "\x1f", "\xa0", "\x85", "\u2028", "\uff0f", "@", ":", "?", "#", "%",
     "%2f", "%5c", "%09", "..", ".", "[", "]", "evil.example", "https:", "javascript:", "\ud800"]
)  # fmt: skip
TARGETS = st.text() | st.lists(PIECES | st.characters(), max_size=8).map("".join)


@given(TARGETS | TARGETS.map(lambda text: f"/{text}"))
@example("/\t/evil.example")
@example("/\\evil.example")
def test_whatever_it_answers_a_browser_stays_here(target):
    with PLAIN.test_request_context("/login"):
        answered = safe_next(target)

    assert answered in (target, "/")
    assert stays(answered)


@given(TARGETS | TARGETS.map(lambda text: f"/{text}"))
@example("/\ud800")
def test_whatever_it_answers_goes_into_a_header_and_comes_out_the_same(target):
    with PLAIN.test_request_context("/login"):
        answered = safe_next(target)

    assert not re.search(r"[\x00-\x20\x7f]", answered)
    answered.encode()  # half a surrogate pair is no address


# --- Where we are, and where somebody came from


def test_here_is_the_path_and_the_query_of_the_request(at):
    with at("/admin/users?q=a%20b&role=admin"):
        assert (here(), safe_next(here())) == ("/admin/users?q=a%20b&role=admin",) * 2


def test_where_somebody_came_from_is_a_page_of_ours(at):
    with at(headers={"Referer": "https://shop.example.org/admin/users/7?tab=1#x"}):
        assert came_from() == "/admin/users/7?tab=1"


@pytest.mark.parametrize(
    "referer",
    [
        None, "", "https://evil.example/admin", "https://shop.example.org.evil.example/x", "//shop.example.org\\@evil",
        "https://shop.example.org@evil.example/x", "https://shop.example.org:8443/x", "/admin", "about:client",
        "https://shop.example.org", "https://shop.example.org//evil.example", "https://shop.example.org/\\evil.example",
        "https://[", "https://[evil]/x",
    ],
)  # fmt: skip
def test_who_comes_from_elsewhere_or_does_not_say_goes_to_the_first_page(at, referer):
    with at(headers={} if referer is None else {"Referer": referer}):
        assert came_from() == "/"


@pytest.fixture
def under(at):
    """The same under a sub-path: the server takes it off the path, and says so."""
    return lambda path, **options: at(path, environ_overrides={"SCRIPT_NAME": "/shop"}, **options)


def test_under_a_sub_path_all_of_it_is_under_the_sub_path(under):
    with under("/admin/users?q=ada", headers={"Referer": "https://shop.example.org/shop/admin"}):
        assert (home(), here(), came_from()) == ("/shop/", "/shop/admin/users?q=ada", "/shop/admin")
        assert safe_next("//evil.example") == "/shop/"
        assert safe_next("/shop/account") == "/shop/account"


@pytest.mark.parametrize(
    "path", ["/gr%C3%BC%C3%9Fe/%20x", "/a%2520b", "/100%25", "/a%0Ab", "/%5Cx", "/a%3Fb", "/a%23b"]
)
def test_here_leads_back_to_the_same_place(at, path):
    with at(path):
        wanted, back = request.path, safe_next(here())

    with at(back):
        assert request.path == wanted


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "\\\\evil.example", "evil.example", ""])
def test_no_address_that_was_asked_for_leads_elsewhere(at, path):
    with at("/", environ_overrides={"PATH_INFO": path}):
        assert stays(safe_next(here()))
