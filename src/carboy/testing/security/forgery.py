"""What another site may have a visitor's browser send: nothing that changes anything."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from carboy.testing.security.asking import Asker
from carboy.testing.security.known import Known
from carboy.testing.security.routes import Door
from carboy.testing.security.walking import Walk, no_route_at_fault

_EVIL = "https://evil.example"
_FROM_ELSEWHERE = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": _EVIL},
    {"Origin": _EVIL},
    {"Origin": "null"},
)
_by_everybody = pytest.mark.parametrize("signed_in", [False, True], ids=["a stranger", "somebody signed in"])


class ForgeryLaws(Known):
    """Laws about forged requests."""

    def test_other_sites_may_post_where_it_is_written_and_nowhere_else(self, walk: Walk) -> None:
        """The list of views that ask for no token is compared both ways."""
        found = {door.endpoint for door in walk.doors() if door.takes_foreign_posts}
        written = set(self.foreign_posts)

        no_route_at_fault(
            [
                *(f"{name} takes what other sites send and is not written down" for name in sorted(found - written)),
                *(f"{name} is written down and takes nothing from other sites" for name in sorted(written - found)),
            ],
            advice="foreign_posts must name the views with @accepts_foreign_posts. Mend the view or the list:",
        )

    @_by_everybody
    def test_no_page_changes_anything_without_a_token(self, walk: Walk, signed_in: bool) -> None:
        """No token, one that nobody gave, and one that was given to another browser are refused alike."""
        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status} to {what}"
                for door, asker in _who_sends_forms(walk, signed_in=signed_in)
                for method in door.unsafe_methods
                for what, token in _bad_tokens(walk).items()
                for answer in [asker.ask(method, door.path(), data=token)]
                if answer.status_code != 403
            ),
            advice="Every form needs its token, {{ csrf_field() }}, and is refused with 403 without. This was not:",
        )

    @_by_everybody
    def test_no_page_takes_what_another_site_sent(self, walk: Walk, signed_in: bool) -> None:
        """Though it has a good token: the browser says where it comes from."""
        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status} to {origin}"
                for door, asker in _who_sends_forms(walk, signed_in=signed_in)
                for method in door.unsafe_methods
                for origin in _FROM_ELSEWHERE
                for answer in [asker.ask(method, door.path(), data=asker.form_token(), headers=origin)]
                if answer.status_code != 403
            ),
            advice="What another site sent is refused with 403. This was not:",
        )

    def test_no_api_does_anything_for_a_cookie_alone(self, walk: Walk) -> None:
        """A browser sends its cookies by itself, whichever site has it ask."""
        apis = [door for door in walk.doors() if door.is_api and not door.is_open]

        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status}"
                for door in apis
                for browser in [walk.browser(walk.user(*door.roles[:1]))]
                for method in door.unsafe_methods
                for answer in [browser.ask(method, door.path(), json={}, headers={"Origin": _EVIL})]
                if answer.status_code not in (401, 403)
            ),
            advice="An API knows users by a header, and nobody by a cookie that another site had sent. This let in:",
        )


def _who_sends_forms(walk: Walk, *, signed_in: bool) -> Iterator[tuple[Door, Asker]]:
    """Give each page that changes something, with who gets as far as its form."""
    for door in walk.pages():
        if door.unsafe_methods and not door.takes_foreign_posts and (signed_in or door.is_open):
            yield door, walk.somebody(door) if signed_in else walk.stranger()


def _bad_tokens(walk: Walk) -> Mapping[str, dict[str, Any]]:
    of_another = walk.stranger().form_token()
    return {
        "no token": {},
        "a token that nobody gave": dict.fromkeys(of_another, "A" * 64),
        "the token of another browser": of_another,
    }
