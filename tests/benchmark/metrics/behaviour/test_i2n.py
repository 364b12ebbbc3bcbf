"""I2n against the rules written out as loops, with SciPy's normal distribution."""

import numpy as np
import pytest
from scipy.stats import norm, pearsonr

from brainrank.benchmark.metrics.behaviour.i2n import (
    consistency,
    hit_rates_from_probabilities,
    i2,
    i2n,
)
from brainrank.benchmark.types.errors import InvalidDataError


def case(seed: int, images: int = 24, categories: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(categories), images), np.arange(images) % categories


def dprime_by_loop(rates: np.ndarray, truth: np.ndarray) -> np.ndarray:
    out = np.full(rates.shape, np.nan)
    for image, own in enumerate(truth):
        for other in range(rates.shape[1]):
            alarms = [1 - rates[k, own] for k in range(len(truth)) if truth[k] == other and not np.isnan(rates[k, own])]
            if other == own or not alarms or np.isnan(rates[image, other]):
                continue
            hit, alarm = norm.ppf(rates[image, other]), norm.ppf(sum(alarms) / len(alarms))
            if np.isinf(hit) and hit == alarm:
                continue
            out[image, other] = min(max(hit - alarm, -5), 5)
    return out


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_rules_as_loops(seed: int) -> None:
    probabilities, truth = case(seed)
    rates = hit_rates_from_probabilities(probabilities, truth)
    for image, own in enumerate(truth):
        for other in range(4):
            p, q = probabilities[image, own], probabilities[image, other]
            assert rates[image, other] == pytest.approx(np.nan if own == other else p / (p + q), nan_ok=True)
    rates[np.random.default_rng(seed).random(rates.shape) < 0.2] = np.nan
    rates[0, 1], rates[1, 2] = 1.0, 0.0
    expected = dprime_by_loop(rates, truth)
    np.testing.assert_allclose(i2(rates, truth), expected, atol=1e-12)
    for own in range(4):
        rows = truth == own
        for other in set(range(4)) - {own}:
            expected[rows, other] -= np.nanmean(expected[rows, other])
    np.testing.assert_allclose(i2n(rates, truth), expected, atol=1e-12)


def test_normalised_patterns_have_mean_zero_and_perfect_observers_none() -> None:
    probabilities, truth = case(0)
    pattern = i2n(hit_rates_from_probabilities(probabilities, truth), truth)
    assert np.nanmean(pattern) == pytest.approx(0, abs=1e-12)
    perfect = hit_rates_from_probabilities(np.eye(4)[truth], truth)
    assert np.nanmax(i2(perfect, truth)) == 5.0  # hits 1 against false alarms 0: infinite, clipped
    flat = consistency(i2n(perfect, truth), pattern)
    assert np.isnan(flat.value)
    assert "same in every cell" in flat.reason
    always = np.full((24, 4), 1.0)
    always[truth == 1] = 0.0  # category 1 is never told from the others, and the others never from it
    always[np.arange(24), truth] = np.nan
    assert np.isnan(i2(always, truth)[truth == 0, 1]).all()  # hit rate and false-alarm rate are both 1


def test_consistency_is_pearson_over_shared_cells() -> None:
    first, second = (i2n(hit_rates_from_probabilities(*case(seed)), case(seed)[1]) for seed in (0, 1))
    second[3, 2] = np.nan
    cells = ~(np.isnan(first) | np.isnan(second))
    result = consistency(first, second)
    assert result.value == pytest.approx(pearsonr(first[cells], second[cells]).statistic)
    assert result.cells == 24 * 3 - 1
    assert consistency(first, first).value == pytest.approx(1.0)
    assert np.isnan(consistency(np.full_like(first, np.nan), second).value)


def test_impossible_input_is_refused() -> None:
    probabilities, truth = case(0)
    with pytest.raises(InvalidDataError, match="negative or NaN"):
        hit_rates_from_probabilities(-probabilities, truth)
    with pytest.raises(InvalidDataError, match="there are 4 categories"):
        hit_rates_from_probabilities(probabilities, truth + 1)
