"""Parts of a run that workers share, and whose the name of a model is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; a name belongs to whoever used it first."""
    op.create_table(
        "run_parts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("gram", sa.String(length=64), nullable=False),
        sa.Column("first_target", sa.Integer(), nullable=False),
        sa.Column("end_target", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=200), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_parts_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_run_parts")),
    )
    op.create_table(
        "model_names",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_names")),
    )
    op.execute(
        "INSERT INTO model_names (name, owner) SELECT name, owner FROM models AS this WHERE owner IS NOT NULL "
        "AND id = (SELECT min(id) FROM models WHERE name = this.name AND owner IS NOT NULL)"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("model_names")
    op.drop_table("run_parts")
