"""The tables of scores and of what stands beside one: curves, subjects, targets, courses, draws, choices.

Rows never leave api/: repositories turn them into the nouns of brainrank.benchmark.types.
"""

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from brainrank.api.db.base import Base


class ScoreRow(Base):
    """A succeeded run's score. NaN is stored as NULL, beside the reason."""

    __tablename__ = "scores"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    value: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(50))
    interval_low: Mapped[float | None]
    interval_high: Mapped[float | None]
    interval_level: Mapped[float]
    ceiling_lower: Mapped[float | None]
    ceiling_upper: Mapped[float | None]
    ceiling_reason: Mapped[str] = mapped_column(Text)
    ceiling_interval: Mapped[list[float | None] | None] = mapped_column(JSON(none_as_null=True))
    ceiling_raw_interval: Mapped[list[float | None] | None] = mapped_column(JSON(none_as_null=True))
    layers: Mapped[list[str]] = mapped_column(JSON)
    details: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)


class LayerScoreRow(Base):
    """One point of a run's layer curve."""

    __tablename__ = "layer_scores"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(String(200))
    value: Mapped[float | None]
    won: Mapped[float]


class SubjectScoreRow(Base):
    """A run's score against one subject."""

    __tablename__ = "subject_scores"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    value: Mapped[float | None]


class DrawsRow(Base):
    """How a run's score deviates on the bootstrap draws: kept apart, for only comparisons read it.

    `deviations` are little-endian float32, all draws of the stimuli's part, then the subjects', then both's.
    """

    __tablename__ = "draws"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    deviations: Mapped[bytes] = mapped_column(LargeBinary)
    stimulus_freedom: Mapped[int]
    subject_freedom: Mapped[int]
    stimulus_set: Mapped[str] = mapped_column(String(64))
    subject_set: Mapped[str] = mapped_column(String(64))


class TargetScoresRow(Base):
    """A run's score of each target, as little-endian float64: one row, as a study may have 100,000 voxels.

    What maps are made of is read for them only: `spatial_numbers` and `spatial_deviations` are NumPy archives (.npz).
    """

    __tablename__ = "target_scores"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    targets: Mapped[list[str]] = mapped_column(JSON)
    values: Mapped[bytes] = mapped_column(LargeBinary)
    spatial_about: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    spatial_numbers: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    spatial_deviations: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class CourseRow(Base):
    """A run's score at each time: one row, as nobody asks for one time alone.

    `numbers` and `deviations` are NumPy archives (.npz); the latter are read by comparisons only.
    """

    __tablename__ = "courses"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    numbers: Mapped[bytes] = mapped_column(LargeBinary)
    deviations: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class ChoicesRow(Base):
    """The category that a run's model chose for each stimulus: one row, as nobody asks for one stimulus alone."""

    __tablename__ = "choices"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    stimulus_ids: Mapped[list[str]] = mapped_column(JSON)
    categories: Mapped[list[str]] = mapped_column(JSON)
