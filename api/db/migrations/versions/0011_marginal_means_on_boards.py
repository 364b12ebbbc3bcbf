"""Boards tell marginal means and who has no rank. Those that are stored do not: they are computed anew."""

from alembic import op

revision = "0011"
down_revision = "0010"
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
