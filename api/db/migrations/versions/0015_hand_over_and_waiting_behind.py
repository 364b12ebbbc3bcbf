"""What a run's worker extracted, for another to score; the run that one waits behind; who listens to which queue."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WAITS_BEHIND = sa.text("waits_for IS NOT NULL")


def upgrade() -> None:
    """Add the columns, the index and the table."""
    op.add_column("runs", sa.Column("extracted", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("runs", sa.Column("waits_for", sa.Integer(), nullable=True))
    op.create_index(
        "ix_runs_waits_for", "runs", ["waits_for"], postgresql_where=WAITS_BEHIND, sqlite_where=WAITS_BEHIND
    )
    op.create_table(
        "listening",
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("store", sa.String(length=500), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue", "store", name="pk_listening"),
    )


def downgrade() -> None:
    """Take them away; runs that were handed over are extracted again."""
    op.execute("UPDATE runs SET queue = 'gpu' WHERE extracted IS NOT NULL AND status = 'queued'")
    op.drop_table("listening")
    op.drop_index("ix_runs_waits_for", "runs")
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("waits_for")
        runs.drop_column("extracted")
