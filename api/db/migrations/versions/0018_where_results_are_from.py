"""Where a run's result is from, which files were imported, and what contradicts a stored score."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; every result that is there already was made here."""
    op.add_column("runs", sa.Column("origin", sa.String(100), nullable=False, server_default=""))
    op.create_table(
        "editions",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_editions")),
    )
    op.create_table(
        "score_conflicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(100), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_score_conflicts_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_conflicts")),
        sa.UniqueConstraint("run_id", "origin", name=op.f("uq_score_conflicts_run_id")),
    )


def downgrade() -> None:
    """Take them away; results of others stay, and look as if they were made here."""
    op.drop_table("score_conflicts")
    op.drop_table("editions")
    with op.batch_alter_table("runs") as table:
        table.drop_column("origin")
