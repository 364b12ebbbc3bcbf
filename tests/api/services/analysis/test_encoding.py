"""Encoding of one's own arrays: held-out predictions with signal and without, folds, groups, ceilings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interval_check import check
from scipy.stats import pearsonr

from brainrank.api.services.analysis.encoding import EncodingData, analyse_encoding, encoding_data
from brainrank.benchmark.types.errors import InvalidDataError

DRAWS = 60
BETWEEN = (-1.0, 1.0)
seeds = st.integers(0, 2**31)
examples = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def data(*, repeats: int = 1, noise: float = 0.5) -> EncodingData:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 5))
    y = (x @ rng.standard_normal((5, 3)))[:, None] + noise * rng.standard_normal((40, repeats, 3))
    return EncodingData(x, y, np.arange(40))


def test_r_is_that_of_held_out_predictions_within_folds() -> None:
    found = analyse_encoding(data(), folds=4, selection="loo", draws=DRAWS, seed=0)
    folds = [found.fold_of == fold for fold in range(4)]
    measured = data().responses.mean(axis=1)
    for target in range(3):
        r = [pearsonr(found.predictions[fold, target], measured[fold, target]).statistic for fold in folds]
        assert found.scores.r[target] == pytest.approx(np.average(r, weights=[fold.sum() for fold in folds]))
    assert found.median.value == pytest.approx(np.median(found.scores.r))
    assert found.median.value > 0.8


def test_repeats_give_a_ceiling_and_one_repeat_gives_none() -> None:
    once, twice = (
        analyse_encoding(data(repeats=each), folds=4, selection="gcv", draws=DRAWS, seed=0) for each in (1, 4)
    )
    assert np.isnan(once.ceiling.lower)
    assert once.ceiling.reason
    assert once.explainable is None
    assert 0.9 < twice.ceiling.lower < 1
    assert twice.explainable is not None


def test_stimuli_of_identical_features_are_held_out_together() -> None:
    x, y, _ = data()
    x[1] = x[0]
    found = encoding_data(x, y, None)
    assert found.groups[0] == found.groups[1]
    assert len(np.unique(found.groups)) == 39
    assert encoding_data(x, y, np.arange(40)).groups.tolist() == list(range(40))
    fold_of = analyse_encoding(found, folds=5, selection="loo", draws=DRAWS, seed=3).fold_of
    assert fold_of[0] == fold_of[1]


@pytest.mark.parametrize(
    ("units", "remedy"),
    [(14, "give 3 folds or fewer"), (7, "give 8 different stimuli, or groups of them, and 2 folds")],
)
def test_folds_too_small_for_an_r_are_refused(units: int, remedy: str) -> None:
    x, y, _ = data()
    with pytest.raises(InvalidDataError, match=f"{units} different stimuli.*{remedy}"):
        analyse_encoding(EncodingData(x, y, np.arange(40) % units), folds=5, selection="loo", draws=DRAWS, seed=0)


@examples
@given(
    seed=seeds,
    n=st.integers(20, 40),
    targets=st.sampled_from([1, 4]),
    constant=st.integers(0, 4),
    noise=st.sampled_from([0.0, 0.5, 5.0]),
    flat=st.booleans(),
)
def test_intervals_hold_their_estimates_on_random_and_extreme_data(seed, n, targets, constant, noise, flat):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 6))
    y = x @ rng.standard_normal((6, targets)) + noise * rng.standard_normal((n, targets))
    y[:, :constant] = 2.0
    if flat:
        x[:] = 1.0
    told = analyse_encoding(EncodingData(x, y[:, None], np.arange(n)), folds=5, selection="loo", draws=DRAWS, seed=0)
    check(told.median.value, told.median.interval, BETWEEN)
    assert np.isnan(told.median.value) == np.isnan(told.scores.r).all()
    assert [np.isnan(r) for r in told.scores.r] == [bool(reason) for reason in told.scores.reasons]
