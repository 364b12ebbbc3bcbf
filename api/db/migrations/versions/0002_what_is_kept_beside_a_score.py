"""What is kept beside a score: times, the ceiling's interval, details, how often layers won, scores per target."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("seconds", sa.JSON(), nullable=True))
    with op.batch_alter_table("scores") as scores:
        scores.add_column(sa.Column("ceiling_interval", sa.JSON(none_as_null=True), nullable=True))
        scores.add_column(sa.Column("details", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("layer_scores") as layer_scores:
        layer_scores.add_column(sa.Column("won", sa.Double(), nullable=False, server_default="0"))
    op.create_table(
        "target_scores",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_target_scores_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_target_scores")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("target_scores")
    with op.batch_alter_table("layer_scores") as layer_scores:
        layer_scores.drop_column("won")
    with op.batch_alter_table("scores") as scores:
        scores.drop_column("details")
        scores.drop_column("ceiling_interval")
    with op.batch_alter_table("runs") as runs:
        runs.drop_column("seconds")
