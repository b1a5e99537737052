"""What goes over the wire about users and the tokens that they hold."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from carboy.accounts.finding import Login
from carboy.accounts.sessions import Held, Tokens
from carboy.accounts.table import Kind
from carboy.web.contracts.schemas import Schema

Email = Annotated[str, Field(max_length=320, description="An e-mail address.", examples=["ada@example.org"])]
Username = Annotated[
    str, Field(min_length=3, max_length=64, description="3 to 64 letters, digits, dots, dashes or underscores.")
]
Password = Annotated[str, Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})]
NewPassword = Annotated[Password, Field(description="Long, and made of words that do not belong together.")]
LinkToken = Annotated[str, Field(min_length=1, max_length=128, description="The end of the link that was mailed.")]
Name = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$", description="On one line.")]


def shown(**example: Any) -> ConfigDict:
    """Show an example of a body in the document of the API."""
    return ConfigDict(json_schema_extra={"examples": [example]})


A_PASSWORD = "correct horse battery staple"  # noqa: S105  (of a comic; nobody's)


class Profile(Schema):
    """What users say of themselves. An application that asks for more extends it; its User has columns of these names.

    class Profile(accounts.Profile):
        time_zone: str = "UTC"
    """

    first_name: Name = ""
    last_name: Name = ""


class Credentials(Schema):
    """Who somebody says they are, and the proof."""

    model_config = shown(email="ada@example.org", password=A_PASSWORD)

    email: Annotated[Email | None, Field(description="Either this or the user name.")] = None
    username: Annotated[str | None, Field(max_length=64, description="Either this or the address.")] = None
    password: Password

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.email is None) == (self.username is None):
            raise ValueError("Must have either email or username.")
        return self

    @property
    def login(self) -> Login:
        """Who they say they are."""
        return Login(email=self.email, username=self.username)


class Proof(Schema):
    """The password, once more."""

    model_config = shown(password=A_PASSWORD)

    password: Password


class Said(Schema):
    """What was taken on. It reads the same whatever comes of it."""

    detail: str


class TokensOut(Schema):
    """What a sign-in with JWTs is held by. Each refresh gives new ones."""

    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (its name)
    access_token: str
    refresh_token: str
    access_expires_in: Annotated[int, Field(description="Seconds.")]
    refresh_expires_in: Annotated[int, Field(description="Seconds.")]


class PairOut(Schema):
    """What a sign-in with tokens of ours is held by: one to ask with, one to renew both."""

    id: Annotated[UUID, Field(validation_alias="session_id")]
    session_token: str
    update_token: str | None
    expires_at: datetime


class SessionOut(Schema):
    """A sign-in, as its owner may see it."""

    id: UUID
    kind: Kind
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]


def tokens_out(held: Held) -> TokensOut:
    """Show what a sign-in with JWTs is held by: this once."""
    return TokensOut.of(held)


def pair_out(held: Held) -> PairOut:
    """Show what a sign-in with tokens of ours is held by: this once."""
    return PairOut.of(held)


def held_out(held: Held) -> TokensOut | PairOut:
    """Show what a sign-in is held by, whatever its form: this once."""
    return tokens_out(held) if isinstance(held, Tokens) else pair_out(held)


def session_out(row: Any, current: UUID | None) -> SessionOut:
    """Show a sign-in to its owner."""
    return SessionOut(**{name: getattr(row, name) for name in _SHOWN}, current=row.id == current)


_SHOWN = [name for name in SessionOut.model_fields if name != "current"]
