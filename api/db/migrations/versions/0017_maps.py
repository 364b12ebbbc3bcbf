"""What maps are made of, beside the scores of targets."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which scores that are there already do not have."""
    with op.batch_alter_table("target_scores") as table:
        table.add_column(sa.Column("spatial_about", sa.JSON(), nullable=True))
        table.add_column(sa.Column("spatial_numbers", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("spatial_deviations", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take them away; scores of targets stay."""
    with op.batch_alter_table("target_scores") as table:
        for name in ("spatial_about", "spatial_numbers", "spatial_deviations"):
            table.drop_column(name)
