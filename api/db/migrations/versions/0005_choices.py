"""What a model chose for each stimulus, from which its errors can be looked at one by one."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "choices",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("stimulus_ids", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_choices_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_choices")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("choices")
