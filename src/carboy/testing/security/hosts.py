"""The name that the application is called: what it does not answer to is refused before anything else."""

from carboy.testing.security.answers import files
from carboy.testing.security.known import Known
from carboy.testing.security.walking import Walk, no_route_at_fault

_HOSTS = (
    "evil.example", "EVIL.EXAMPLE:80", "", " ", "user@{host}", "{host}@evil.example", "{host}.evil.example",
    "{host}, evil.example", "{host}/evil", "{host}:x", "[::", "{host}\\.evil.example",
)  # fmt: skip


class HostLaws(Known):
    """Laws about the Host header."""

    def test_a_host_that_is_not_ours_is_refused_everywhere(self, walk: Walk) -> None:
        """On every route, by every method, before the door is."""
        # The supervisor of a cluster asks for the health by address.
        doors = [door for door in walk.doors() if door.endpoint != "carboy_health"]

        no_route_at_fault(
            (
                f"{method} {door} answers {answer.status}"
                for door in doors
                for method in door.methods
                for answer in [walk.stranger().ask(method, door.path(), headers={"Host": _HOSTS[0]})]
                if answer.status_code != 400
            ),
            advice="Links are made of the Host header, so it is looked at first. Something answers before that:",
        )

    def test_no_spelling_of_a_host_gets_past(self, walk: Walk) -> None:
        """Of pages, of each API, of files, and of what is not there."""
        places = ["/", "/nothing-is-here", *walk.families()[1:], *files(walk.app)]

        no_route_at_fault(
            (
                f"GET {place} answers {answer.status} to {host!r}"
                for place in places
                for host in [spelling.format(host=walk.host_name) for spelling in _HOSTS]
                for answer in [walk.stranger().ask("GET", place, headers={"Host": host})]
                if answer.status_code != 400
            ),
            advice="TRUSTED_HOSTS names the hosts that are ours, whole; every other is answered 400. This was not:",
        )
