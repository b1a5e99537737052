"""Jobs that were accepted, and when schedules ask for theirs.

Revision: 3fb383cee8a8   After: d5cd7ded549e   Made: 2026-11-21 14:26:35.686177
"""

import sqlalchemy as sa
from alembic import op
from carboy.data.types import LongText
from carboy.data.types import UtcDateTime

revision = '3fb383cee8a8'
down_revision = 'd5cd7ded549e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('jobs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('handler', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('arguments', LongText(), nullable=False),
    sa.Column('queue', sa.String(length=40), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=True),
    sa.Column('held_key', sa.String(length=200), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('look_at', UtcDateTime(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('losses', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('leased_by', sa.String(length=120), nullable=True),
    sa.Column('unwanted', sa.Boolean(), nullable=False),
    sa.Column('progress', sa.Float(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=True),
    sa.Column('result', LongText(), nullable=True),
    sa.Column('error', LongText(), nullable=True),
    sa.Column('asked_by', sa.String(length=255), nullable=False),
    sa.Column('request_id', sa.String(length=128), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=True),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('handler', 'held_key', name=op.f('uq_jobs_handler_held_key'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jobs_state_look_at'), ['state', 'look_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_jobs_state_queue_rank_due_at_id'), ['state', 'queue', 'rank', 'due_at', 'id'], unique=False)

    op.create_table('schedules',
    sa.Column('handler', sa.String(length=200), nullable=False),
    sa.Column('timing', sa.String(length=120), nullable=False),
    sa.Column('next_at', UtcDateTime(), nullable=False),
    sa.Column('last_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('handler', 'timing', name=op.f('pk_schedules'))
    )


def downgrade() -> None:
    op.drop_table('schedules')
    op.drop_table('jobs')
