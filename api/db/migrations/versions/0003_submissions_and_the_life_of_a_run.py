"""Submissions, uploads, tokens, and the life of a run before it is finished."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _make_tables()
    with op.batch_alter_table("models") as models:
        models.add_column(sa.Column("owner", sa.String(length=100), nullable=True))
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("code_version", existing_type=sa.String(length=64), nullable=True)
        runs.alter_column("finished_at", existing_type=MOMENT, nullable=True)
        runs.add_column(sa.Column("submission_id", sa.Integer(), nullable=True))
        runs.add_column(sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.true()))
        runs.add_column(sa.Column("queue", sa.String(length=20), nullable=True))
        runs.add_column(sa.Column("created_at", MOMENT, nullable=True))
        runs.add_column(sa.Column("due_at", MOMENT, nullable=True))
        runs.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        runs.add_column(sa.Column("lease_owner", sa.String(length=200), nullable=True))
        runs.add_column(sa.Column("lease_expires_at", MOMENT, nullable=True))
        runs.add_column(sa.Column("cancel_requested", sa.Boolean(), nullable=False, server_default=sa.false()))
        runs.add_column(sa.Column("progress", sa.JSON(none_as_null=True), nullable=True))
        runs.add_column(sa.Column("error_class", sa.String(length=100), nullable=True))
        runs.create_foreign_key(op.f("fk_runs_submission_id_submissions"), "submissions", ["submission_id"], ["id"])
        runs.create_index(op.f("ix_runs_submission_id"), ["submission_id"])
        runs.create_index("ix_runs_status", ["status", "lease_expires_at"])
    op.execute("UPDATE runs SET created_at = finished_at")
    _split_errors()
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("created_at", existing_type=MOMENT, nullable=False)


def _make_tables() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("runs_a_day", sa.Integer(), nullable=False),
        sa.Column("requests_a_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_tokens_sha256")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ready_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("owner", "sha256", "kind", name=op.f("uq_uploads_owner")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_submissions_model_id_models")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("owner", "idempotency_key", name=op.f("uq_submissions_owner")),
    )
    op.create_index("ix_submissions_owner", "submissions", ["owner", "created_at"])
    op.create_index(op.f("ix_submissions_model_id"), "submissions", ["model_id"])
    op.create_table(
        "run_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_events_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_events")),
    )
    op.create_index("ix_run_events_run_id", "run_events", ["run_id", "id"])


def _split_errors() -> None:
    """`CLASS: MESSAGE` in one column becomes two columns."""
    runs = sa.table("runs", sa.column("id"), sa.column("error_class"), sa.column("error"))
    connection = op.get_bind()
    for number, error in connection.execute(sa.select(runs.c.id, runs.c.error).where(runs.c.error.is_not(None))).all():
        name, _, message = error.partition(": ")
        split = sa.update(runs).where(runs.c.id == number).values(error_class=name, error=message)
        connection.execute(split)


def downgrade() -> None:
    """Take back; runs that are not finished had no place before."""
    op.drop_table("run_events")
    op.execute("DELETE FROM runs WHERE finished_at IS NULL OR status NOT IN ('succeeded', 'failed')")
    op.execute("UPDATE runs SET error = error_class || ': ' || error WHERE error IS NOT NULL")
    op.execute("UPDATE runs SET code_version = '' WHERE code_version IS NULL")
    with op.batch_alter_table("runs") as runs:
        runs.drop_index("ix_runs_status")
        runs.drop_index(op.f("ix_runs_submission_id"))
        runs.drop_constraint(op.f("fk_runs_submission_id_submissions"), type_="foreignkey")
        for column in (
            "error_class",
            "progress",
            "cancel_requested",
            "lease_expires_at",
            "lease_owner",
            "attempts",
            "due_at",
            "created_at",
            "queue",
            "public",
            "submission_id",
        ):
            runs.drop_column(column)
        runs.alter_column("finished_at", existing_type=MOMENT, nullable=False)
        runs.alter_column("code_version", existing_type=sa.String(length=64), nullable=False)
    with op.batch_alter_table("models") as models:
        models.drop_column("owner")
    op.drop_table("submissions")
    op.drop_table("uploads")
    op.drop_table("api_tokens")
