"""Scores at each time after a stimulus."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "courses",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.Column("deviations", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_courses_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_courses")),
    )


def downgrade() -> None:
    """Take it away; scores stay, without their courses."""
    op.drop_table("courses")
