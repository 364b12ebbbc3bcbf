"""Pseudo-trials: every trial in one of them, nearly as many in each, and what has too few trials."""

import numpy as np
import pytest

from brainrank.benchmark.epochs.pseudo_trials import check_trials, fold_of_trials, means_of_folds
from brainrank.benchmark.types.errors import InvalidDataError


def test_each_pseudo_trial_has_nearly_as_many_trials_of_each_stimulus():
    stimulus_of = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [9, 10, 13]))
    fold_of = fold_of_trials(stimulus_of, 4, rng=np.random.default_rng(1))
    for stimulus, sizes in enumerate(([2, 2, 2, 3], [2, 2, 3, 3], [3, 3, 3, 4])):
        assert sorted(np.bincount(fold_of[stimulus_of == stimulus])) == sizes
    assert (fold_of != fold_of_trials(stimulus_of, 4, rng=np.random.default_rng(2))).any()
    assert (fold_of == fold_of_trials(stimulus_of, 4, rng=np.random.default_rng(1))).all()


def test_they_are_means():
    stimulus_of, fold_of = np.array([0, 0, 1, 0, 1]), np.array([0, 1, 1, 0, 0])
    found = means_of_folds(stimulus_of, fold_of, 2) @ np.arange(5.0)
    np.testing.assert_allclose(found, [1.5, 4, 1, 2])  # fold 0: stimulus 0, 1; fold 1


@pytest.mark.parametrize(
    ("counts", "folds", "whitened", "told"),
    [
        ((5, 3), 4, False, r"a stimulus has 3 trials; 4 pseudo-trials need 4 trials of each: leave .*fewer out"),
        ((2, 4), 2, True, r"has 2 trials; .* two outside each pseudo-trial: .* or no noise normalisation"),
        ((9, 1), 2, True, "has 1 trial;"),
    ],
)
def test_too_few_trials_are_refused(counts, folds, whitened, told):
    with pytest.raises(InvalidDataError, match=told):
        check_trials(np.repeat([0, 1], counts), folds, whitened=whitened)


def test_enough_trials_are_not():
    check_trials(np.repeat([0, 1], [2, 4]), 2, whitened=False)
    check_trials(np.repeat([0, 1], [4, 4]), 2, whitened=True)
    check_trials(np.repeat([0, 1], [3, 4]), 3, whitened=True)
