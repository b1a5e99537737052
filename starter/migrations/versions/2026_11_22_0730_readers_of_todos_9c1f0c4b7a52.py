"""Readers of todos have a table of their own, and users no column that todos alone need

Revision: 9c1f0c4b7a52   After: ba74574033b3   Made: 2026-11-22 07:30:12.114205
"""

import sqlalchemy as sa
from alembic import op


revision = '9c1f0c4b7a52'
down_revision = 'ba74574033b3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('todo_readers',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('wants_digest', sa.Boolean(), nullable=False),
    sa.Column('digested_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_todo_readers_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_todo_readers'))
    )
    op.execute("""
        INSERT INTO todo_readers (user_id, wants_digest, digested_on)
        SELECT id, wants_digest, digested_on FROM users WHERE wants_digest = false OR digested_on IS NOT NULL
    """)
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_column('digested_on')
        batch_op.drop_column('wants_digest')


def downgrade() -> None:
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('wants_digest', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('digested_on', sa.Date(), nullable=True))
    for column in ('wants_digest', 'digested_on'):
        op.execute(f"""
            UPDATE users SET {column} = (SELECT {column} FROM todo_readers WHERE user_id = users.id)
            WHERE id IN (SELECT user_id FROM todo_readers)
        """)
    op.drop_table('todo_readers')
