"""The fixture `users`, with which an application's own tests have users."""

import pytest

from carboy.accounts.table import Kind
from carboy.errors import SetupError


def test_a_made_user_is_known_by_their_headers(client, users):
    ada = users.make("ada@example.com", time_zone="Europe/London")

    answer = client.get("/api/v1/users/me", headers=users.headers(ada))

    assert (answer.json["email"], answer.json["time_zone"]) == ("ada@example.com", "Europe/London")


def test_a_made_administrator_may_do_what_asks_for_a_fresh_proof(client, users):
    admin, other = users.make("root@example.com", role="admin"), users.make("ada@example.com")

    answer = client.patch(f"/api/v1/admin/users/{other.id}", headers=users.headers(admin), json={"is_active": False})

    assert answer.json["is_active"] is False


def test_a_made_user_signs_in_by_password_only_with_one(client, users):
    users.make("ada@example.com", password="correct horse battery staple")
    users.make("eve@example.com")

    answers = [
        client.post("/api/v1/tokens", json={"email": email, "password": "correct horse battery staple"}).status_code
        for email in ("ada@example.com", "eve@example.com")
    ]

    assert answers == [200, 401]


def test_two_made_users_cannot_have_one_address(users):
    users.make()

    with pytest.raises(SetupError, match="already"):
        users.make()


@pytest.mark.parametrize("kind", list(Kind))
def test_a_made_user_signs_in_in_every_form(users, kind):
    assert users.sign_in(users.make(), kind).session_id
