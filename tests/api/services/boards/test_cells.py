"""Draws of a board's cells as they are stored: each is read once, with the set of stimuli that it is of."""

import numpy as np
import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.db.score_tables import DrawsRow
from brainrank.api.repositories import scores
from brainrank.api.services.boards.cells import Table, by_model
from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.convention import Convention

HERE = (BENCHMARKS["cowley2023.v4-210325.encoding"], BENCHMARKS["kriegeskorte2008.human-it.rsa"])
STUDY, OTHER = f"stimuli of {HERE[1].dataset}", "other stimuli"


@pytest.fixture
def session(session: Session) -> Session:
    """Four models, two of which were scored on other stimuli of the second benchmark."""
    for model in "abcd":
        for each in HERE:
            run = store(session, model, each, 0.4, spread=0.02)
        if model in "bd":
            session.execute(update(DrawsRow).where(DrawsRow.run_id == run).values(stimulus_set=OTHER))
    return session


@pytest.fixture
def table(session: Session) -> Table:
    stored = scores.latest_succeeded(session, {each.name: each.version for each in HERE})
    return Table(by_model(stored), HERE, Convention.EXPLAINED)


def test_a_column_is_read_by_sets_of_stimuli(session: Session, table: Table) -> None:
    draws = table.draws(session)
    assert {name: list(columns) for name, columns in draws.sets().items()} == {
        f"stimuli of {HERE[0].dataset}": [0],
        STUDY: [1],
        OTHER: [1],
    }
    assert [row for row, _ in draws.read(1, STUDY)] == [0, 2]
    assert [(row, each.stimulus_set) for row, each in draws.read(1, OTHER)] == [(1, OTHER), (3, OTHER)]
    assert list(draws.read(0, OTHER)) == []


def test_each_draw_is_read_once_and_ranks_as_in_memory(session: Session, table: Table) -> None:
    stored = table.draws(session)
    there = {
        (row, column): each
        for name, columns in stored.sets().items()
        for column in columns
        for row, each in stored.read(column, name)
    }
    assert len(there) == 8
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *heard: sent.append(heard[2]))
    found = rank_models(table.values, table.columns, stored)
    assert sum("draws.deviations" in each for each in sent) == 3  # one for each set in each column
    given = rank_models(table.values, table.columns, GivenDraws(there))
    np.testing.assert_array_equal(found.spreads.variance, given.spreads.variance)
    np.testing.assert_array_equal(found.first, given.first)


def test_draws_come_back_as_they_were_given(session: Session) -> None:
    run, drawn = next(iter(scores.draws(session, [1, 2], stimulus_set=STUDY)))
    assert (run, drawn.stimulus_freedom, drawn.subject_freedom) == (2, 91, 3)
    assert (drawn.stimulus_set, drawn.subject_set) == (STUDY, f"subjects of {HERE[1].name}")
    assert (drawn.deviations.shape, drawn.deviations.dtype) == ((3, 200), np.float32)
    assert [number for number, _ in scores.draws(session, [1, 2, 99])] == [1, 2]
