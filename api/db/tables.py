"""The tables of models, submissions and runs; score_tables has those of scores, board_tables those of leaderboards.

Rows never leave api/: repositories turn them into the nouns of brainrank.benchmark.types.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from brainrank.api.db.base import Base, UtcDateTime
from brainrank.api.db.score_tables import (
    CourseRow,
    DrawsRow,
    LayerScoreRow,
    ScoreRow,
    SubjectScoreRow,
    TargetScoresRow,
)

SHOWN = text("status = 'succeeded' AND public")
WAITS = text("status = 'queued'")
WAITS_BEHIND = text("waits_for IS NOT NULL")
PUBLIC = text("public")


class ModelRow(Base):
    """One revision of a model: a name and everything that decides what it computes.

    `owner` is empty for the catalogue's, for sources, and for those of the command line.
    """

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("name", "spec_digest", "owner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(50))
    description: Mapped[str] = mapped_column(Text)
    spec: Mapped[dict[str, Any]] = mapped_column(JSON)
    spec_digest: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(100), default="")


class ModelNameRow(Base):
    """Who has a model of this name, of those that submitters gave; one of them may show it to everybody.

    `skeleton` is what names that look the same have in common (brainrank.api.services.submissions.model_names).
    """

    __tablename__ = "model_names"
    __table_args__ = (
        Index("ix_model_names_public", "name", unique=True, postgresql_where=PUBLIC, sqlite_where=PUBLIC),
    )

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    owner: Mapped[str] = mapped_column(String(100), primary_key=True)
    public: Mapped[bool]
    skeleton: Mapped[str] = mapped_column(String(200), index=True)


class TokenRow(Base):
    """A token of the web interface: its sha256 only, so that the database gives nobody access."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(20))
    runs_a_day: Mapped[int]
    requests_a_minute: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UploadRow(Base):
    """A file that somebody sends in pieces; `ready_at` is when it was whole and its content found good.

    `contents` is what a package declares (brainrank.api.services.submissions.packages.Contents).
    """

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("owner", "sha256", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contents: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class SubmissionRow(Base):
    """Who asked for which model, and who may see what comes out; its runs are one per benchmark."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key"),
        Index("ix_submissions_owner", "owner", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), index=True)
    public: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    request_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    model: Mapped[ModelRow] = relationship(lazy="raise")
    runs: Mapped[list["RunRow"]] = relationship(lazy="raise", order_by="RunRow.id")


class RunRow(Base):
    """One model revision on one benchmark version: waiting, at work, or done by the code version named.

    `public` is its submission's, kept here so that a leaderboard is one query over runs. A worker holds a run by its
    lease; whoever's lease ran out has lost it. Of the runs that the command line makes only the finished row exists.

    `extracted` is what a worker of the queue gpu left for one of cpu to score (scoring/extracted_record.py).
    `waits_for` is the run at work that computes what this one needs; once that has extracted, a sweep makes this due.
    `origin` says who made the result: nothing for this database's own, `published` for those that come with brainrank,
    else the file that it was imported from.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_benchmark", "benchmark", "benchmark_version", "status", "model_id"),
        Index("ix_runs_status", "status", "lease_expires_at"),
        # The newest run of each model: read from this index alone, however many runs there are.
        Index(
            "ix_runs_shown",
            *("benchmark", "benchmark_version", "model_id", "id"),
            postgresql_where=SHOWN,
            sqlite_where=SHOWN,
        ),
        # The run that has waited longest, however many wait.
        Index("ix_runs_waiting", "queue", "id", postgresql_where=WAITS, sqlite_where=WAITS),
        Index("ix_runs_waits_for", "waits_for", postgresql_where=WAITS_BEHIND, sqlite_where=WAITS_BEHIND),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), index=True)
    benchmark: Mapped[str] = mapped_column(String(200))
    benchmark_version: Mapped[int]
    code_version: Mapped[str | None] = mapped_column(String(64))
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    public: Mapped[bool] = mapped_column(default=True)
    queue: Mapped[str | None] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    extracted: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    waits_for: Mapped[int | None]
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    seconds: Mapped[dict[str, float] | None] = mapped_column(JSON)
    error_class: Mapped[str | None] = mapped_column(String(100))
    error: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(100), default="", server_default="")

    model: Mapped[ModelRow] = relationship(lazy="raise")
    score: Mapped[ScoreRow | None] = relationship(lazy="raise")
    layer_scores: Mapped[list[LayerScoreRow]] = relationship(lazy="raise", order_by=LayerScoreRow.position)
    subject_scores: Mapped[list[SubjectScoreRow]] = relationship(lazy="raise", order_by=SubjectScoreRow.position)
    draws: Mapped[DrawsRow | None] = relationship(lazy="raise")
    target_scores: Mapped[TargetScoresRow | None] = relationship(lazy="raise")
    course: Mapped[CourseRow | None] = relationship(lazy="raise")


class RunPartRow(Base):
    """A layer and some of the targets of a run at work: whoever takes it finds what decides its result here.

    `gram` is the layer's key in the activations store. Held by a lease, as a run is; gone when the run ends.
    """

    __tablename__ = "run_parts"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    code_version: Mapped[str] = mapped_column(String(64))
    gram: Mapped[str] = mapped_column(String(64))
    first_target: Mapped[int]
    end_target: Mapped[int]
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[bytes | None] = mapped_column(LargeBinary)


class EditionRow(Base):
    """An edition of the published results that was offered to this database: the sha256 of its file."""

    __tablename__ = "editions"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScoreConflictRow(Base):
    """Another number for a run that is here: of the same identity (`repositories.identity`), made elsewhere."""

    __tablename__ = "score_conflicts"
    __table_args__ = (UniqueConstraint("run_id", "origin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    origin: Mapped[str] = mapped_column(String(100))
    value: Mapped[float | None]
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    receipt: Mapped[dict[str, Any]] = mapped_column(JSON)


class RunEventRow(Base):
    """A line of a run's log: a stage it came to, or a message. A reader goes on after the last number it has seen."""

    __tablename__ = "run_events"
    __table_args__ = (Index("ix_run_events_run_id", "run_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
