"""The foss catalogue, and the answers that are kept for requests with an Idempotency-Key.

Revision: d5cd7ded549e   After:    Made: 2026-11-21 10:39:20.695199
"""

import sqlalchemy as sa
from alembic import op

from carboy.data.types import LongBytes, LongText, UtcDateTime

revision = "d5cd7ded549e"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "foss",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=480), nullable=False),
        sa.Column("licence", sa.String(length=40), nullable=False),
        sa.Column("homepage", sa.String(length=500), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("description", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foss")),
        sa.UniqueConstraint("name_key", name=op.f("uq_foss_name_key")),
    )
    op.create_index(op.f("ix_foss_created_at_id"), "foss", ["created_at", "id"])

    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", LongText(), nullable=True),
        sa.Column("body", LongBytes(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"])


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_table("foss")
