"""When somebody last looked for what was left behind; the oldest waiting run of a queue, from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITS = sa.text("status = 'queued'")


def upgrade() -> None:
    """Add the table of sweeps, which has one row, and the index."""
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
    )
    op.create_index("ix_runs_waiting", "runs", ["queue", "id"], postgresql_where=WAITS, sqlite_where=WAITS)


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_runs_waiting", "runs")
    op.drop_table("sweeps")
