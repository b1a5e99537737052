"""Whatever outsiders throw at the starter as it is deployed, it refuses as documented, and stands."""

from collections import Counter

import pytest
from attackers import ATTACKERS, Tally
from forwarding import Forwarding

pytestmark = pytest.mark.long

WHO = {"nobody": (None, None), "a user": ("user", "api"), "an administrator": ("admin", "jwt")}
SIGNING_OUT = r"/api/v1/(users/me$|sessions|tokens|users/me/password)"


def stand(fortress, request, name, attack):
    """Have this done, and return what became of it and of the fortress; the table tells of it."""
    fortress.is_well()
    before, held = fortress.answered(), fortress.megabytes()
    tally = attack()
    assert fortress.is_well(), fortress.said[-5000:]
    errors = +Counter({key: count for key, count in (fortress.answered() - before).items() if _is_error(*key)})
    grown = fortress.megabytes() - held
    title = name.replace("_", " ") + fortress.on_what
    counts = (tally.tried, tally.answers.total() - tally.refused, tally.refused, errors.total(), tally.hung)
    request.node.user_properties.append(("siege", [title, *(f"{count:,}" for count in counts), f"{grown:+.0f} MB"]))
    assert errors == {}, fortress.said[-5000:]
    return tally, grown


def _is_error(_method, route, status):
    """A seat that is taken is a promise kept; whatever else begins with a five is an error."""
    return status >= 500 and not (status == 503 and route == "/socket.io/")


@pytest.mark.parametrize("attacker", ATTACKERS, ids=lambda attacker: attacker.__name__)
def test_whatever_is_thrown_is_refused_and_it_stands(fortress, request, whole, attacker):
    tally, grown = stand(fortress, request, attacker.__name__, lambda: attacker(fortress, 2000 if whole else 200))

    assert tally.wrong == []
    assert tally.hung == 0
    assert tally.tried > 0
    assert grown < 60


@pytest.mark.parametrize("who", WHO)
def test_thousands_of_generated_requests_are_answered_as_the_document_says(fortress, request, whole, who):
    from generated_requests import attack

    role, kind = WHO[who]
    token = (lambda: fortress.sign_in(role, kind)) if role else None
    found = None

    def thrown():
        nonlocal found
        held = token() if token else None
        signed = (lambda: held) if held else None
        found = attack(
            Forwarding(fortress.port), seed=31, examples=60 if whole else 4, signed_in=signed, but_for=SIGNING_OUT
        )
        return Tally(Counter(int(status or 0) for _, _, status in found.requests.elements()))

    tally, _grown = stand(fortress, request, who, thrown)

    assert found.complaints == []
    assert tally.tried > (3400 if whole else 1000)  # ten thousand of all three


STRUCK = {
    "signing_in": ("/api/v1/tokens", {"json": '{"email": "a@example.com", "password": "x"}'}),
    "the_list_of_todos": ("/api/v1/todos?q=milk&tag=home&assignee=ada", {"by": "user"}),
    "the_catalogue": ("/api/v1/foss?licence=MIT&sort=name", {}),
    "the_list_of_users": ("/api/v1/admin/users?q=example&role=user", {"by": "admin"}),
}


@pytest.mark.parametrize("name", STRUCK)
def test_sqlmap_finds_nothing_from_outside(fortress, request, whole, tmp_path, name):
    from injecting import Target, strike

    if not whole and name != "the_list_of_todos":
        pytest.skip("`make attack` strikes all of them")
    path, more = STRUCK[name]
    target = Target(path, **more)
    headers = [("Authorization", f"Bearer {fortress.sign_in(target.by)}")] if target.by else []
    struck = None

    def thrown():
        nonlocal struck
        struck = strike(Forwarding(fortress.port), target, tmp_path, headers=headers)
        return Tally(struck.answers)

    stand(fortress, request, name, thrown)

    assert struck.injectable == []
    assert struck.tried >= target.parameters
