"""A board as it is stored: what decides its numbers and words is within reach of this module, or among its arguments.

A stored board is right as long as nothing of that has changed (`LeaderboardCache`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.repositories import models
from brainrank.api.repositories.standings import BoardKey, Standing
from brainrank.api.services.boards.board_json import head_json, line_json
from brainrank.api.services.boards.leaderboard import leaderboard
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.types.convention import Convention


class Card(NamedTuple):
    """What a board says of a model beside its numbers; empty where nothing is told."""

    training_data: str = ""
    objective: str = ""


def compute(
    session: Session,
    key: BoardKey,
    benchmarks: Sequence[Benchmark],
    columns: Sequence[str],
    cards: Mapping[str, Card],
) -> tuple[str, list[Standing]]:
    """The head and the lines of a board, of what is stored by now.

    `columns` are the groups and benchmarks that each line has a number of; `cards` are those of the catalogue, and
    models that are not in it are told of as they were submitted.
    """
    end = None
    if key.day:
        end = datetime.combine(date.fromisoformat(key.day) + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    board = leaderboard(session, benchmarks, convention=Convention(key.convention), before=end)
    submitted = models.cards(session, [row.model for row in board.rows if row.model not in cards])
    told = {name: Card(card.training_data, str(card.objective)) for name, card in submitted.items() if card} | {**cards}
    lines = []
    for row in board.rows:
        data, objective = told.get(row.model, Card())
        by_column = {**row.groups, **row.values_or_raw}
        lines.append(
            Standing(
                model=row.model,
                family=row.family,
                training_data=data,
                objective=objective,
                coverage=row.coverage,
                words=" ".join((row.model, row.family, data, objective)).lower(),
                numbers=np.array([by_column.get(each, np.nan) for each in columns], dtype=np.float64),
                line=line_json(row, training_data=data, objective=objective).model_dump_json(),
            )
        )
    return head_json(board, key).model_dump_json(), lines
