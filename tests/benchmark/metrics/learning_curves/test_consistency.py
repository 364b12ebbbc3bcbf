"""Error consistency by epoch: kappas of pairs, averaged by person; none where nobody shares images."""

import numpy as np
import pytest
from learning_study import guessing_people, learning_people

from brainrank.benchmark.metrics.behaviour.error_consistency import error_consistency
from brainrank.benchmark.metrics.learning_curves.consistency import (
    consistency_by_epoch,
    estimated_consistency,
    mean_consistency,
)


def _right(trials, condition: str) -> np.ndarray:  # type: ignore[no-untyped-def]
    own = trials.condition == condition
    order = np.lexsort((trials.stimulus_id[own], trials.observer[own]))
    return np.asarray(trials.correct[own][order].reshape(len(trials.observers), -1))


def test_a_persons_value_is_the_mean_over_runs() -> None:
    rng = np.random.default_rng(1)
    people = learning_people(rng)
    guesser = guessing_people(rng, people, runs=4)
    found = consistency_by_epoch(guesser, people)["error consistency, test 2"]
    both = np.vstack([_right(guesser, "test-2"), _right(people, "test-2")])
    kappa = error_consistency(both).kappa
    assert found == pytest.approx(np.nanmean(kappa[:4, 4:], axis=0))


def test_people_are_compared_with_each_other_and_guessers_share_nothing() -> None:
    rng = np.random.default_rng(2)
    people = learning_people(rng)
    kappa = error_consistency(_right(people, "training-3")).kappa
    upper = kappa[np.triu_indices(len(kappa), 1)]
    among = np.array([np.nanmean(np.delete(row, place)) for place, row in enumerate(kappa)])
    assert mean_consistency(None, people)["error consistency, training 3"] == pytest.approx(np.nanmean(among))
    assert np.nanmean(upper) == pytest.approx(np.nanmean(among), abs=0.05)
    guesser = guessing_people(rng, people)
    found = estimated_consistency(guesser, people, draws=200, rng=rng)["error consistency, test"]
    assert found.value == pytest.approx(0.0, abs=0.06)
    assert found.interval.low < 0 < found.interval.high
