"""Scores as rows: what is stored comes back, undefined numbers as NaN, and columns hold no NaN."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session
from stored_scores import store_score

from brainrank.api.db.score_tables import ScoreRow, TargetScoresRow
from brainrank.api.repositories import runs
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.score import (
    Detail,
    Draws,
    Interval,
    LayerScore,
    NoiseCeiling,
    Score,
    SubjectScore,
    TargetScores,
)
from brainrank.benchmark.types.trials import Choices

NAN = float("nan")
WHOLE = Score(
    0.25,
    "r",
    Interval(0.125, 0.5, 0.95),
    NoiseCeiling(0.5, 0.75, "one left out", Interval(0.25, 0.625), Interval(-0.25, 0.625)),
    layers=("a", "b"),
    layer_curve=(LayerScore("a", 0.25, 0.5), LayerScore("b", 0.125, 0.5)),
    per_subject=(SubjectScore("s1", 0.25), SubjectScore("s2", -0.25)),
    details=(Detail("accuracy", 0.5, 0.75),),
    per_target=TargetScores(("n1", "n2"), np.array([0.25, np.nan])),
    draws=Draws(np.arange(150, dtype=np.float32).reshape(3, 50), 91, 3, "images", "people"),
    choices=Choices(("i1", "i2"), ("cat", "dog")),
)
UNDEFINED = Score(
    NAN, "kappa", Interval(NAN, NAN), NoiseCeiling(NAN, NAN, "no repeats", None, Interval(NAN, NAN)),
    layer_curve=(LayerScore("a", NAN),), per_subject=(SubjectScore("s1", NAN),),
    details=(Detail("accuracy", NAN, NAN),), reason="all answers agree",
)  # fmt: skip


def stored(session: Session, score: Score) -> Score:
    run = store_score(session, "a", BENCHMARKS["kriegeskorte2008.human-it.rsa"], score)
    session.expunge_all()
    return runs.find_run(session, run).score


def test_a_score_comes_back_with_all_beside_it(session: Session) -> None:
    found = stored(session, WHOLE)
    assert found.per_target is not None
    assert found.draws is not None
    assert found.per_target.targets == ("n1", "n2")
    np.testing.assert_array_equal(found.per_target.values, [0.25, np.nan])
    np.testing.assert_array_equal(found.draws.deviations, np.arange(150).reshape(3, 50))
    assert (found.draws.stimulus_freedom, found.draws.subject_freedom) == (91, 3)
    assert (found.draws.stimulus_set, found.draws.subject_set) == ("images", "people")
    told = (found.value, found.unit, found.interval, found.ceiling, found.layers, found.layer_curve, found.per_subject)
    assert told == (
        WHOLE.value, WHOLE.unit, WHOLE.interval, WHOLE.ceiling, WHOLE.layers, WHOLE.layer_curve, WHOLE.per_subject
    )  # fmt: skip
    assert (found.details, found.reason) == (WHOLE.details, "")
    assert runs.choices(session, [1])[1] == WHOLE.choices


def test_what_is_undefined_is_null_in_the_tables_and_nan_outside(session: Session) -> None:
    found = stored(session, UNDEFINED)
    row = session.scalars(select(ScoreRow)).one()
    assert (row.value, row.interval_low, row.ceiling_lower, row.ceiling_interval) == (None, None, None, None)
    assert row.ceiling_raw_interval == [None, None, 0.95]
    assert row.details == [{"name": "accuracy", "value": None, "reference": None}]
    assert session.scalars(select(TargetScoresRow)).all() == []
    numbers = [found.value, found.interval.low, found.ceiling.lower, found.layer_curve[0].value]
    assert np.isnan([*numbers, found.per_subject[0].value, found.details[0].value]).all()
    assert (found.reason, found.ceiling.reason) == ("all answers agree", "no repeats")
    assert found.ceiling.unreliable
    assert (found.draws, found.per_target) == (None, None)
