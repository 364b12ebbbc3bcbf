"""Pairs over several conditions against the mean of the conditions, one by one."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.correctness import Correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa, error_consistency
from brainrank.benchmark.metrics.behaviour.pair_consistency import pair_consistency
from brainrank.benchmark.types.errors import InvalidDataError

OBSERVERS = ("a", "b", "c")


def table(seed: int, stimuli: int, accuracy: float = 0.6) -> Correctness:
    correct = np.random.default_rng(seed).random((3, stimuli)) < accuracy
    ids = tuple(f"{seed}-{k}" for k in range(stimuli))
    return Correctness(OBSERVERS, ids, correct, np.ones_like(correct))


def test_numbers_are_means_over_conditions() -> None:
    tables = {"x": table(1, 60), "y": table(2, 90)}
    pairs = pair_consistency(tables, rng=np.random.default_rng(0), draws=300)
    assert [(pair.first, pair.second) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    parts = [error_consistency(part.correct) for part in tables.values()]
    for pair, (i, j) in zip(pairs, [(0, 1), (0, 2), (1, 2)], strict=True):
        for name in ("kappa", "observed", "expected", "kappa_min", "kappa_max"):
            assert getattr(pair, name) == pytest.approx(np.mean([getattr(part, name)[i, j] for part in parts]))
        assert pair.interval.low < pair.kappa < pair.interval.high
        assert pair.reason == ""


def test_a_condition_without_kappa_is_left_out_and_named() -> None:
    tables = {"easy": table(1, 50, accuracy=1.1), "hard": table(2, 50)}
    raw = pair_consistency(tables, rng=np.random.default_rng(0), draws=50)
    hard = error_consistency(tables["hard"].correct).kappa
    assert raw[0].kappa == pytest.approx(hard[0, 1])
    assert raw[0].reason.startswith("left out: condition easy, both observers are right")
    published = pair_consistency(
        tables, rng=np.random.default_rng(0), draws=50, convention=UndefinedKappa.MODEL_VS_HUMAN
    )
    assert published[0].kappa == pytest.approx((hard[0, 1] + 1) / 2)
    alone = pair_consistency({"easy": tables["easy"]}, rng=np.random.default_rng(0), draws=50)
    assert np.isnan([alone[0].kappa, alone[0].interval.low, alone[0].kappa_max]).all()
    assert alone[0].reason.startswith("both observers are right")


def test_one_observer_or_different_ones_are_refused() -> None:
    one = table(1, 10)
    with pytest.raises(InvalidDataError, match="There is one observer, a"):
        pair_consistency(
            {"x": Correctness(("a",), one.stimulus_ids, one.correct[:1], one.shown[:1])}, rng=np.random.default_rng(0)
        )
    with pytest.raises(InvalidDataError, match="different observers"):
        pair_consistency({"x": one, "y": one._replace(observers=("a", "b", "d"))}, rng=np.random.default_rng(0))
