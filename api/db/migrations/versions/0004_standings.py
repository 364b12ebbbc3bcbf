"""Leaderboards as they were last computed, and how often scores changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SHOWN = sa.text("status = 'succeeded' AND public")


def upgrade() -> None:
    """Apply; the scores that are there count as changes."""
    op.create_index(
        "ix_runs_shown",
        "runs",
        ["benchmark", "benchmark_version", "model_id", "id"],
        postgresql_where=SHOWN,
        sqlite_where=SHOWN,
    )
    op.create_table(
        "score_changes",
        sa.Column("benchmark", sa.String(length=200), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("benchmark", name=op.f("pk_score_changes")),
    )
    op.execute(
        "INSERT INTO score_changes (benchmark, changes) "
        "SELECT benchmark, count(*) FROM runs WHERE status = 'succeeded' AND public GROUP BY benchmark"
    )
    op.create_table(
        "boards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("convention", sa.String(length=50), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=True),
        sa.Column("changes", sa.BigInteger(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sa.UniqueConstraint("name", "convention", "day", name=op.f("uq_boards_name")),
    )
    op.create_table(
        "standings",
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("family", sa.String(length=50), nullable=False),
        sa.Column("training_data", sa.String(length=200), nullable=False),
        sa.Column("objective", sa.String(length=100), nullable=False),
        sa.Column("coverage", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["board_id"], ["boards.id"], name=op.f("fk_standings_board_id_boards"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("board_id", "place", name=op.f("pk_standings")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("standings")
    op.drop_table("boards")
    op.drop_table("score_changes")
    op.drop_index("ix_runs_shown", "runs")
