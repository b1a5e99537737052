"""What came by mail: whoever looks at a link, a scanner before its owner, uses nothing up and learns no token."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carboy.testing.security.known import Known, made
from carboy.testing.security.routes import Door
from carboy.testing.security.things import Link
from carboy.testing.security.walking import Walk, no_route_at_fault

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


class LinkLaws(Known):
    """Laws about links in mails."""

    def test_looking_at_a_mailed_link_uses_nothing_up(self, walk: Walk) -> None:
        """Three times by GET and HEAD, in browsers that know nothing of each other; then its owner's form works."""
        no_route_at_fault(
            (
                f"GET {door}: after it, POST {link.post} answers {used.status} as to a link that is none"
                for door, link in self._links(walk)
                for used in [_used_after_looks(walk, door, link)]
                if used.status_code >= 400 or _is_alike(used, _used(walk, door, _none(link)))
            ),
            advice="Programs follow links in mails. Use the token up when a form is sent, never in a GET:",
        )

    def test_a_page_that_a_mail_leads_to_leaks_its_token_to_nobody(self, walk: Walk) -> None:
        """No cache keeps it, and where its reader goes next is not told from where."""
        no_route_at_fault(
            (
                f"{method} {door}: {name} is {answer.headers.get(name)!r}, and {wanted} is wanted"
                for door, link in self._links(walk)
                for method in ("GET", "HEAD")
                for answer in [walk.stranger().ask(method, _path(door, link.token))]
                for name, wanted in (("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"))
                if answer.status_code < 400 and wanted not in answer.headers.get(name, "")
            ),
            advice="Say Referrer-Policy: no-referrer and Cache-Control: no-store where the address holds a token:",
        )

    def _links(self, walk: Walk) -> Iterator[tuple[Door, Link]]:
        for door in walk.pages():
            if door.rule.arguments and (maker := self.maker_of_link(door)):
                yield door, made(maker, walk)


def _path(door: Door, token: str) -> str:
    return door.path(dict.fromkeys(door.rule.arguments, token))


def _used_after_looks(walk: Walk, door: Door, link: Link) -> "TestResponse":
    for method in ("GET", "HEAD") * 3:
        walk.stranger().ask(method, _path(door, link.token))
    return _used(walk, door, link)


def _used(walk: Walk, door: Door, link: Link) -> "TestResponse":
    """Do what the owner does: open the link, and send the form behind it."""
    browser = walk.stranger()
    browser.ask("GET", _path(door, link.token))
    return browser.ask("POST", link.post, data={**link.form, **browser.form_token()})


def _none(link: Link) -> Link:
    """A link of the same kind that nobody was sent."""
    other = "A" * len(link.token)
    form = {name: other if value == link.token else value for name, value in link.form.items()}
    return Link(other, link.post, form)


def _is_alike(one: "TestResponse", other: "TestResponse") -> bool:
    return (one.status_code, one.headers.get("Location")) == (other.status_code, other.headers.get("Location"))
