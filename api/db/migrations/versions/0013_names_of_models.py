"""A name of a model is its owner's while it is private; of those who have it one may show it to everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PUBLIC = sa.text("public")
SHOWN = """EXISTS (SELECT 1 FROM submissions JOIN models AS theirs ON theirs.id = submissions.model_id
    WHERE theirs.name = this.name AND theirs.owner = this.owner AND submissions.public)"""


def upgrade() -> None:
    """Apply. Nobody's models have an empty owner, so that they too are unique."""
    op.execute("UPDATE models SET owner = '' WHERE owner IS NULL")
    with op.batch_alter_table("models") as models:
        models.alter_column("owner", existing_type=sa.String(length=100), nullable=False)
        models.drop_constraint("uq_models_name", type_="unique")
        models.create_unique_constraint("uq_models_name", ["name", "spec_digest", "owner"])
    op.drop_table("model_names")
    op.create_table(
        "model_names",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("skeleton", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", "owner", name=op.f("pk_model_names")),
    )
    index, columns = "ix_model_names_public", ["name"]
    op.create_index(index, "model_names", columns, unique=True, postgresql_where=PUBLIC, sqlite_where=PUBLIC)
    op.create_index(op.f("ix_model_names_skeleton"), "model_names", ["skeleton"])
    # What names from before look like is not known here: they are as they are, and only new ones are compared by it.
    op.execute(
        f"INSERT INTO model_names (name, owner, public, skeleton) SELECT name, owner, {SHOWN}, name "
        "FROM (SELECT DISTINCT name, owner FROM models WHERE owner <> '') AS this"
    )


def downgrade() -> None:
    """Take back; of several owners of a name the one who shows it, else the first, keeps it."""
    kept = "SELECT name, coalesce(max(CASE WHEN public THEN owner END), min(owner)) FROM model_names GROUP BY name"
    names = op.get_bind().execute(sa.text(kept)).all()
    op.drop_table("model_names")
    made = op.create_table(
        "model_names",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_names")),
    )
    op.bulk_insert(made, [{"name": name, "owner": owner} for name, owner in names])
    with op.batch_alter_table("models") as models:
        models.drop_constraint("uq_models_name", type_="unique")
        models.alter_column("owner", existing_type=sa.String(length=100), nullable=True)
        models.create_unique_constraint("uq_models_name", ["name", "spec_digest"])
    op.execute("UPDATE models SET owner = NULL WHERE owner = ''")
