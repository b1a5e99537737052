"""A walk: every route of an application, and those who ask there, strangers or users who need no password."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest

from carboy.testing.security.asking import Asker
from carboy.testing.security.routes import Door

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

    from carboy.accounts.finding import User

TROUBLE = "/trouble-of-security-laws"
UNTOLD = "what only the log may say"


class Walk:
    """An application under these laws: all its doors, and askers for each of them."""

    def __init__(self, app: "Flask", request: pytest.FixtureRequest, make_user: Any) -> None:
        from carboy.settings import of

        self.app = app
        parts = urlsplit(of(app).app_base_url)
        self.base_url = f"{parts.scheme}://{parts.netloc}"
        self.has_accounts = "carboy.accounts" in app.extensions
        self.host = parts.netloc
        self.host_name = parts.hostname or ""
        self._fixtures = request
        self._make_user = make_user
        self._users: dict[str, User] = {}
        self._readers: dict[tuple[object, ...], Asker] = {}
        self._newcomers = 0
        _plant_trouble(app, self.families())
        # What goes wrong is answered, as it is when deployed; and a walk asks more often than any limit allows.
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.extensions.pop("carboy.throttle", None)

    def doors(self) -> list[Door]:
        """Every route, in the order of its address."""
        from carboy.web import doors

        open_doors = doors.open_doors(self.app)
        rules = (rule for rule in self.app.url_map.iter_rules() if TROUBLE not in rule.rule)
        found = [self._door(rule, is_open=rule.endpoint in open_doors) for rule in rules]
        return sorted(found, key=lambda door: (door.rule.rule, door.endpoint))

    def doors_within_reach(self) -> list[Door]:
        """The routes that somebody gets into; where nobody can be signed in, those that are open."""
        return [door for door in self.doors() if door.is_open or self.has_accounts]

    def families(self) -> list[str]:
        """Where the pages begin, and each API."""
        return ["", *self.app.extensions.get("carboy.families", {}).values()]

    def pages(self) -> list[Door]:
        """The routes that are no API's."""
        return [door for door in self.doors() if not door.is_api]

    def door_at(self, path: str, method: str = "POST") -> Door | None:
        """Return the route at this address, if one is there."""
        found = (door for door in self.doors() if door.rule.rule == path and method in door.methods)
        return next(found, None)

    def stranger(self) -> Asker:
        """A browser that has never been here."""
        return Asker(self.app.test_client(), self.base_url)

    def somebody(self, door: Door, *, user: "User | None" = None) -> Asker:
        """Somebody who has just signed in as this door wants it, with a role that it lets in."""
        user = user or self.user(*door.roles[:1])
        return self.program(user) if door.is_api else self.browser(user)

    def reader(self, door: Door) -> Asker:
        """Somebody who gets in there and only looks around: one sign-in is enough for all such doors."""
        kind = (door.is_api, *door.roles[:1])
        if kind not in self._readers:
            self._readers[kind] = self.somebody(door)
        return self._readers[kind]

    def browser(self, user: "User") -> Asker:
        """A browser that this user is signed in with."""
        from carboy.accounts.table import Kind
        from carboy.testing.browsing import Browser

        browser = Browser(self.app, base_url=self.base_url)
        browser.hold(self.fixture("users").sign_in(user, Kind.BROWSER))
        return Asker(browser.client, self.base_url)

    def program(self, user: "User") -> Asker:
        """A program that this user is signed in with."""
        headers = self.fixture("users").headers(user)
        return Asker(self.app.test_client(use_cookies=False), self.base_url, headers)

    def user(self, role: str = "user") -> "User":
        """The one user of this walk who has the role."""
        self.needs_accounts()
        if role not in self._users:
            self._users[role] = self.make_user(f"{role}-who-walks@example.org", role=role)
        return self._users[role]

    def make_user(self, email: str, **values: Any) -> "User":
        """Make one more user, as the project makes its own."""
        self.needs_accounts()
        made: User = self._make_user(self.fixture("users"), email, **values)
        return made

    def newcomer(self, door: Door) -> "User":
        """A user who has been in no test before, with a role that this door lets in."""
        self._newcomers += 1
        return self.make_user(f"newcomer-{self._newcomers}@example.org", role=next(iter(door.roles), "user"))

    def needs_accounts(self) -> None:
        """Skip the running law where nobody can be signed in."""
        if not self.has_accounts:
            pytest.skip("This application has no accounts, so nobody can be signed in.")

    def fixture(self, name: str) -> Any:
        """Return what pytest knows by this name in the running test."""
        return self._fixtures.getfixturevalue(name)

    def _door(self, rule: "Rule", *, is_open: bool) -> Door:
        from carboy.web import families
        from carboy.web.endpoints import contracts_of

        view = self.app.view_functions[rule.endpoint]
        declared = getattr(view, "carboy_endpoint", None)
        demands = self.app.extensions["carboy.doors"].demands.get(rule.endpoint)
        return Door(
            rule=rule,
            is_api=families.api_at(self.app, list(_blueprints(rule.endpoint)), rule.rule) is not None,
            is_open=is_open,
            takes_foreign_posts=getattr(view, "carboy_foreign_posts", None) is True,
            writes=bool(getattr(view, "carboy_writes", False)),
            roles=tuple(getattr(view, "carboy_roles", demands.roles if demands else ())),
            compiled=lambda: contracts_of(self.app).plan(declared.view) if declared else None,
        )


def _plant_trouble(app: "Flask", families: Iterable[str]) -> None:
    """Give the pages and each API a view that goes wrong as it is asked to, beside those that go wrong by accident."""
    from flask import abort

    from carboy.web.identity import public

    def trouble(status: int) -> NoReturn:
        if not status:
            raise RuntimeError(UNTOLD)
        abort(status)

    for family in families:
        app.add_url_rule(f"{family}{TROUBLE}/<int:status>", f"trouble of security laws {family}", public(trouble))


def _blueprints(endpoint: str) -> Iterator[str]:
    while endpoint := endpoint.rpartition(".")[0]:
        yield endpoint


def no_route_at_fault(faults: Iterable[str], *, advice: str) -> None:
    """Fail the test if there is a fault: what to do about it, then every fault on a line of its own."""
    __tracebackhide__ = True
    if lines := list(dict.fromkeys(faults)):
        pytest.fail("\n  ".join([advice, *lines]), pytrace=False)
