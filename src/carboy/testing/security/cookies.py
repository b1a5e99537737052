"""What a browser keeps of this application: out of reach of scripts, of other sites and of its neighbours."""

from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from typing import TYPE_CHECKING

import pytest

from carboy.testing.security import usual
from carboy.testing.security.known import Known
from carboy.testing.security.telling import filled_in
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

# Good enough for production to start, and for nothing else.
_DEPLOYED = {
    "mode": "production",
    "secret_key": "of-tests-Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "jwt_secret_key": "of-tests-aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "app_base_url": "https://laws.example.org",
    "trusted_hosts": ("laws.example.org",),
    "allow_sqlite_in_production": True,
}


class CookieLaws(Known):
    """Laws about cookies."""

    def test_no_cookie_is_for_scripts_for_other_sites_or_for_neighbours(self, walk: Walk) -> None:
        """HttpOnly, SameSite, Path=/ and no Domain, on every cookie of every page, of signing in and out."""
        no_route_at_fault(
            (f"{said}: {cookie.key} {fault}" for said, cookie in self._cookies(walk) for fault in _faults(cookie)),
            advice="Set a cookie with httponly=True, samesite='Lax', path='/' and no domain:",
        )

    @pytest.mark.settings(**_DEPLOYED)
    def test_in_production_every_cookie_is_secure_and_bound_to_its_host(self, walk: Walk) -> None:
        """Secure, and with a name that browsers hold to that: __Host-."""
        no_route_at_fault(
            (
                f"{said}: {cookie.key} {fault}"
                for said, cookie in self._cookies(walk)
                for fault in _faults_when_deployed(cookie)
            ),
            advice="Leave SESSION_COOKIE_NAME and SESSION_COOKIE_SECURE to the library, and set yours alike:",
        )

    def _cookies(self, walk: Walk) -> Iterator[tuple[str, "Morsel[str]"]]:
        for said, answer in self._answers_with_cookies(walk):
            for line in answer.headers.getlist("Set-Cookie"):
                yield from ((said, cookie) for cookie in SimpleCookie(line).values())

    def _answers_with_cookies(self, walk: Walk) -> Iterator[tuple[str, "TestResponse"]]:
        for door in walk.doors():
            if door.is_read:
                yield f"GET {door}", walk.stranger().ask("GET", door.path())
        if walk.has_accounts:
            yield from self._signing_in_and_out(walk)

    def _signing_in_and_out(self, walk: Walk) -> Iterator[tuple[str, "TestResponse"]]:
        user = walk.make_user("known@example.org", password=usual.PASSWORD)
        for path, fields in self.log_ins.items():
            if door := walk.door_at(path):
                browser = walk.stranger()
                yield f"POST {door}", browser.send(door, path, filled_in(fields, user.email))
        for door in walk.pages():
            if not door.rule.arguments and "POST" in door.methods:
                browser = walk.browser(walk.newcomer(door))
                yield f"POST {door}", browser.ask("POST", door.path(), data=browser.form_token())


def _faults(cookie: "Morsel[str]") -> Iterator[str]:
    if not cookie["httponly"]:
        yield "can be read by scripts: HttpOnly is missing"
    if cookie["samesite"] not in ("Lax", "Strict"):
        yield f"is sent for other sites: SameSite is {cookie['samesite'] or 'missing'}"
    if cookie["path"] != "/":
        yield f"has the path {cookie['path'] or 'of its page'}"
    if cookie["domain"]:
        yield f"is sent to all hosts under {cookie['domain']}"


def _faults_when_deployed(cookie: "Morsel[str]") -> Iterator[str]:
    if not cookie["secure"]:
        yield "is sent in the clear: Secure is missing"
    if not cookie.key.startswith("__Host-"):
        yield "can be set by a neighbour: its name does not begin with __Host-"
