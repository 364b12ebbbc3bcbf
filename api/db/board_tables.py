"""The tables of what a service does by itself: leaderboards as they were last computed (docs/decisions/standings.md),
and looks for what was left behind (docs/decisions/runs-and-leases.md).
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from brainrank.api.db.base import Base, UtcDateTime


class ScoreChangesRow(Base):
    """How often a benchmark's public scores changed: by this a board knows whether it is still right."""

    __tablename__ = "score_changes"

    benchmark: Mapped[str] = mapped_column(String(200), primary_key=True)
    changes: Mapped[int] = mapped_column(BigInteger)


class BoardRow(Base):
    """A leaderboard as it was last computed.

    `day` is empty for the present, else the last day whose runs count. `basis` stands for the benchmark versions and
    the code it was computed with, `changes` for the scores; both are None until it is computed.
    """

    __tablename__ = "boards"
    __table_args__ = (UniqueConstraint("name", "convention", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    convention: Mapped[str] = mapped_column(String(50))
    day: Mapped[str] = mapped_column(String(10))
    basis: Mapped[str | None] = mapped_column(String(64))
    changes: Mapped[int | None] = mapped_column(BigInteger)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    head: Mapped[str] = mapped_column(Text)


class StandingRow(Base):
    """A model's line on a board: `line` as JSON, beside what it is found and sorted by.

    `numbers` are those of the board's groups and benchmarks, 8 bytes each, whose order is that of the numbers.
    """

    __tablename__ = "standings"

    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(50))
    training_data: Mapped[str] = mapped_column(String(200))
    objective: Mapped[str] = mapped_column(String(100))
    coverage: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    numbers: Mapped[bytes] = mapped_column(LargeBinary)
    line: Mapped[str] = mapped_column(Text)


class SweepRow(Base):
    """When somebody last looked for what dead workers left: one row, which says whose turn the next look is."""

    __tablename__ = "sweeps"

    id: Mapped[int] = mapped_column(primary_key=True)
    swept_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ListeningRow(Base):
    """When a worker was last heard that listens to a queue and has this store of activations."""

    __tablename__ = "listening"

    queue: Mapped[str] = mapped_column(String(20), primary_key=True)
    store: Mapped[str] = mapped_column(String(500), primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
