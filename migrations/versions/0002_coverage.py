"""Needs, plan and snapshots of coverage; coverage pages are kept beside searches.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('coverage_settings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.Column('missing', sa.Double(), nullable=False),
    sa.Column('unanswered', sa.Double(), nullable=False),
    sa.Column('unopened', sa.Double(), nullable=False),
    sa.Column('use', sa.Double(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coverage_settings')),
    sqlite_autoincrement=True
    )
    op.create_table('coverage_snapshots',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_coverage_snapshots'))
    )
    op.create_table('coverage_points',
    sa.Column('row_dimension', sa.String(length=40), nullable=False),
    sa.Column('col_dimension', sa.String(length=40), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('effective', sa.Integer(), nullable=False),
    sa.Column('demand', sa.Integer(), nullable=False),
    sa.Column('met', sa.Integer(), nullable=False),
    sa.Column('needed', sa.Integer(), nullable=False),
    sa.Column('cells', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['day'], ['coverage_snapshots.day'], name=op.f('fk_coverage_points_day'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('row_dimension', 'col_dimension', 'day', name=op.f('pk_coverage_points'))
    )
    with op.batch_alter_table('coverage_points', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coverage_points_day'), ['day'], unique=False)

    op.create_table('coverage_needs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=50), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=True),
    sa.Column('needed', sa.Boolean(), nullable=True),
    sa.Column('target', sa.Integer(), nullable=True),
    sa.Column('types', sa.JSON(), nullable=True),
    sa.Column('customer_ready', sa.Boolean(), nullable=True),
    sa.Column('buyer_believes', sa.Text(), nullable=False),
    sa.Column('rep_proves', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=True),
    sa.Column('cleared', sa.Boolean(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['first_id'], ['terms.id'], name=op.f('fk_coverage_needs_first_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['second_id'], ['terms.id'], name=op.f('fk_coverage_needs_second_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coverage_needs')),
    sa.UniqueConstraint('key', name=op.f('uq_coverage_needs_key')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('coverage_needs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coverage_needs_first_id'), ['first_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_coverage_needs_second_id'), ['second_id'], unique=False)

    op.create_table('plan_items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('type_id', sa.Integer(), nullable=True),
    sa.Column('owner_email', sa.String(length=254), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('reviewer_id', sa.Integer(), nullable=True),
    sa.Column('agreed_at', sa.DateTime(), nullable=True),
    sa.Column('asset_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('closed_why', sa.Text(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['asset_id'], ['assets.id'], name=op.f('fk_plan_items_asset_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['reviewer_id'], ['users.id'], name=op.f('fk_plan_items_reviewer_id')),
    sa.ForeignKeyConstraint(['type_id'], ['terms.id'], name=op.f('fk_plan_items_type_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_items')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('plan_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_items_asset_id'), ['asset_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_items_reviewer_id'), ['reviewer_id'], unique=False)
        batch_op.create_index('ix_plan_items_state_due_on', ['state', 'due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_items_type_id'), ['type_id'], unique=False)

    op.create_table('plan_item_terms',
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('term_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['plan_items.id'], name=op.f('fk_plan_item_terms_item_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['term_id'], ['terms.id'], name=op.f('fk_plan_item_terms_term_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('item_id', 'term_id', name=op.f('pk_plan_item_terms'))
    )
    with op.batch_alter_table('plan_item_terms', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_item_terms_term_id'), ['term_id'], unique=False)

    op.add_column('saved_searches', sa.Column('page', sa.String(length=10), server_default='find', nullable=False))

    op.add_column('searches', sa.Column('opened', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE searches SET opened = true WHERE id IN (SELECT search_id FROM search_openings)")


def downgrade() -> None:
    # The program before this one knows no such jobs and would try them until it gives up.
    op.execute("DELETE FROM jobs WHERE kind IN ('coverage_snapshot', 'plan_review')")
    # It would also show a coverage page as a search of other words.
    op.execute("DELETE FROM saved_searches WHERE page != 'find'")
    op.drop_column('saved_searches', 'page')
    op.drop_column('searches', 'opened')
    with op.batch_alter_table('plan_item_terms', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_item_terms_term_id'))

    op.drop_table('plan_item_terms')
    with op.batch_alter_table('plan_items', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_items_type_id'))
        batch_op.drop_index('ix_plan_items_state_due_on')
        batch_op.drop_index(batch_op.f('ix_plan_items_reviewer_id'))
        batch_op.drop_index(batch_op.f('ix_plan_items_asset_id'))

    op.drop_table('plan_items')
    with op.batch_alter_table('coverage_needs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coverage_needs_second_id'))
        batch_op.drop_index(batch_op.f('ix_coverage_needs_first_id'))

    op.drop_table('coverage_needs')
    with op.batch_alter_table('coverage_points', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_coverage_points_day'))

    op.drop_table('coverage_points')
    op.drop_table('coverage_snapshots')
    op.drop_table('coverage_settings')
