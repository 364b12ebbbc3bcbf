"""Boards spell intervals as scores do. Those that are stored do not: they are computed anew."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _empty_boards()


def downgrade() -> None:
    """Take back."""
    _empty_boards()


def _empty_boards() -> None:
    """Boards stay known, so that workers compute them without being asked for."""
    op.execute("DELETE FROM standings")
    op.execute("UPDATE boards SET basis = NULL, changes = NULL")
