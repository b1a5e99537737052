"""The tables of sign-ins, all hanging off the application's own `users`. What is secret is kept as a digest alone.

sessions          one row for each sign-in, whatever form it has; ending the row ends every form
refresh_tokens    the refresh tokens of a sign-in, used ones too: who shows one twice has stolen it, or lost it
user_tokens       links that were sent by mail
auth_events       what happened to whom, for whoever has to find out later
roles             what users may be
"""

from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Uuid

from carboy.context import utc_now
from carboy.data import Base, UtcDateTime
from carboy.data.model import uuid7

LONGEST_ADDRESS = 320
LONGEST_IP = 45
LONGEST_USER_AGENT = 255
DIGEST = String(64)


class Kind(StrEnum):
    """The form that a sign-in has."""

    BROWSER = "browser"
    API = "api"
    JWT = "jwt"


class Purpose(StrEnum):
    """What a mailed link is good for; the template of its mail is called the same."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  (a name)
    CHANGE_EMAIL = "change_email"


USER, ADMIN = "user", "admin"

ROLES = Table(
    "roles",
    Base.metadata,
    Column("name", String(16), primary_key=True),
    info={"first_rows": [{"name": USER}, {"name": ADMIN}]},  # the migration that makes the table brings them along
)

SESSIONS = Table(
    "sessions",
    Base.metadata,
    Column("id", Uuid, primary_key=True, default=uuid7),  # shown to its owner, and in tokens; it opens nothing
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("session_token", DIGEST, unique=True),
    Column("update_token", DIGEST, unique=True),
    Column("previous_update_token", DIGEST, index=True),  # shown once more, it tells of a thief
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("absolute_expires_at", UtcDateTime, nullable=False),  # nothing moves it
    Column("authenticated_at", UtcDateTime, nullable=False),  # the last time that the password was typed
    Column("failed_proofs", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now),
    Column("last_seen_at", UtcDateTime, nullable=False, default=utc_now),
    Column("ip", String(LONGEST_IP), nullable=False, default=""),
    Column("user_agent", String(LONGEST_USER_AGENT), nullable=False, default=""),
    Column("revoked_at", UtcDateTime),
    Column("revoked_reason", String(32)),
    CheckConstraint("kind IN ('browser', 'api', 'jwt')", name="kind"),
    Index(None, "user_id", "revoked_at", "expires_at"),
)

REFRESH_TOKENS = Table(
    "refresh_tokens",
    Base.metadata,
    Column("jti", Uuid, primary_key=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
    Column("replaced_by", Uuid),
)

USER_TOKENS = Table(
    "user_tokens",
    Base.metadata,
    Column("id", Uuid, primary_key=True, default=uuid7),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", String(24), nullable=False),
    Column("token_hash", DIGEST, nullable=False, unique=True),
    Column("sent_to", String(LONGEST_ADDRESS), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now),
    Column("used_at", UtcDateTime),
    Index(None, "user_id", "purpose"),
)

AUTH_EVENTS = Table(
    "auth_events",
    Base.metadata,
    Column("id", Uuid, primary_key=True, default=uuid7),
    Column("user_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("session_id", Uuid),
    Column("event", String(40), nullable=False),
    Column("ip", String(LONGEST_IP), nullable=False, default=""),
    Column("user_agent", String(LONGEST_USER_AGENT), nullable=False, default=""),
    Column("request_id", String(128)),
    Column("detail", JSON),
    Column("created_at", UtcDateTime, nullable=False, default=utc_now, index=True),
    Index(None, "user_id", "created_at"),
)
