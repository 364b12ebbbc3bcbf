"""A score's draws tell stimuli and subjects apart, from which variances and their degrees of freedom follow.

What was stored before cannot be taken apart: it goes, with the boards made of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_table("resamples")
    op.create_table(
        "draws",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("deviations", sa.LargeBinary(), nullable=False),
        sa.Column("stimulus_freedom", sa.Integer(), nullable=False),
        sa.Column("subject_freedom", sa.Integer(), nullable=False),
        sa.Column("stimulus_set", sa.String(length=64), nullable=False),
        sa.Column("subject_set", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_draws_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_draws")),
    )
    _let_compute_anew()


def downgrade() -> None:
    """Take back."""
    op.drop_table("draws")
    op.create_table(
        "resamples",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("draws", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_resamples_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_resamples")),
    )
    _let_compute_anew()


def _let_compute_anew() -> None:
    """Boards stay known, so that workers compute them without being asked for."""
    op.execute("DELETE FROM standings")
    op.execute("UPDATE boards SET basis = NULL, changes = NULL")
