"""Users in tests: made and signed in without a password, since hashing one takes longer than most tests.

def test_only_administrators_see_who_is_there(client, users):
    admin = users.make(role="admin")

    answer = client.get("/api/v1/admin/users", headers=users.headers(admin))

    assert [user["id"] for user in answer.json["items"]] == [str(admin.id)]
"""

from typing import TYPE_CHECKING, Any

from carboy.accounts import emails, finding, registering, sessions
from carboy.accounts.room import HERE, Caller
from carboy.accounts.table import USER, Kind
from carboy.context import utc_now
from carboy.data import win_insert
from carboy.errors import SetupError

if TYPE_CHECKING:
    from carboy.accounts.finding import User
    from carboy.accounts.room import Accounts
    from carboy.accounts.sessions import Held


class UsersOfTest:
    """The users of the application under test."""

    def __init__(self, room: "Accounts") -> None:
        self.room = room

    def make(
        self, email: str = "ada@example.com", *, role: str = USER, password: str | None = None, **columns: Any
    ) -> "User":
        """Make a user whose address is confirmed, with a password only if it is given."""
        address = emails.canonical(email)
        values = {
            **registering.columns_of(address),
            "role": role,
            "password_hash": self.room.hasher.hash(password) if password else None,
            "confirmed_at": utc_now(),
            **columns,
        }
        with self.room.database.transaction() as session:
            made = win_insert(session, self.room.user, values=values, returning=tuple(self.room.users.c))
        if made is None:
            raise SetupError(f"There is a user {email} already, or one with that user name. Take others.")
        return made

    def sign_in(self, user: "User", kind: Kind = Kind.JWT, *, caller: Caller = HERE) -> "Held":
        """Begin a sign-in of this user, as if the password had just been typed there."""
        with self.room.database.transaction() as session:
            now = finding.locked(self.room, session, user.id)
            if now is None:
                raise SetupError(f"The user {user.email} is gone. Make another one to sign in.")
            return sessions.begin(self.room, session, now, kind=kind, caller=caller)

    def headers(self, user: "User") -> dict[str, str]:
        """Return what the API knows this user by."""
        held = self.sign_in(user, Kind.API)
        assert isinstance(held, sessions.Pair)  # noqa: S101  (of this kind it is)
        return {"Authorization": f"Bearer {held.session_token}"}
