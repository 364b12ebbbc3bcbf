"""Beside a ceiling, its interval by the raw convention: that alone says whether it can be told from zero."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("scores") as scores:
        scores.add_column(sa.Column("ceiling_raw_interval", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("scores") as scores:
        scores.drop_column("ceiling_raw_interval")
