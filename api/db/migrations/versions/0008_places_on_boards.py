"""Boards tell the places that models may have. Those that are stored do not: they are computed anew, as a cache is."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _let_compute_anew()


def downgrade() -> None:
    """Take back."""
    _let_compute_anew()


def _let_compute_anew() -> None:
    """Boards stay known, so that workers compute them without being asked for."""
    op.execute("DELETE FROM standings")
    op.execute("UPDATE boards SET basis = NULL, changes = NULL")
