"""A release later there is one more column, which the older one knows nothing of."""

import sqlalchemy as sa
from alembic import op

revision = "5e1ecede0001"
down_revision = "HEAD"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("todos") as table:
        table.add_column(sa.Column("of_a_newer_release", sa.String(20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("todos") as table:
        table.drop_column("of_a_newer_release")
