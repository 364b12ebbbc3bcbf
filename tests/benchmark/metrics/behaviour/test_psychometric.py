"""Psychometric fits against a grid search of the likelihood, simulated observers and undefined cases."""

import numpy as np
import pytest
from scipy.stats import binom

from brainrank.benchmark.metrics.behaviour.levels import level_counts
from brainrank.benchmark.metrics.behaviour.psychometric import (
    Curve,
    PsychometricFit,
    fit_psychometric,
    psychometric_function,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval
from brainrank.benchmark.types.trials import BehaviouralAssembly

LEVELS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
TRIALS = np.full(7, 80.0)


def probability(x: np.ndarray, threshold: float, slope: float, lapse: float, curve: Curve) -> np.ndarray:
    """The function as its definition says it."""
    if curve is Curve.LOGISTIC:
        rise = 1 / (1 + np.exp(-slope * (x - threshold)))
    else:
        rise = 1 - 2.0 ** -((x / threshold) ** slope)
    return 1 / 16 + (1 - 1 / 16 - lapse) * rise


def log_likelihood(right: np.ndarray, t: np.ndarray, s: np.ndarray, lapse: np.ndarray, curve: Curve) -> np.ndarray:
    p = probability(LEVELS, t[..., None], s[..., None], lapse[..., None], curve)
    return binom.logpmf(right, 80, p).sum(axis=-1)


def simulated(seed: int, curve: Curve, slope: float = 1.6) -> np.ndarray:
    p = probability(LEVELS, 3.5, slope, 0.06, curve)
    return np.random.default_rng(seed).binomial(80, p).astype(float)


@pytest.mark.parametrize("curve", list(Curve))
@pytest.mark.parametrize("slope", [2.5, -2.5])
def test_no_point_of_a_grid_is_likelier(curve: Curve, slope: float) -> None:
    right = simulated(3, curve, slope)
    fit = fit_psychometric(LEVELS, right, trials=TRIALS, curve=curve)
    best = binom.logpmf(right, 80, probability(LEVELS, fit.threshold, fit.slope, fit.lapse, curve)).sum()
    t, s, lapse = np.meshgrid(np.linspace(2, 6, 33), np.linspace(0.5, 6, 34), np.linspace(0, 0.2, 11))
    grid = log_likelihood(right, t, np.sign(slope) * s, lapse, curve)
    assert best >= grid.max() - 1e-9
    assert best - grid.max() < 0.5
    assert np.sign(fit.slope) == np.sign(slope)
    saturated = binom.logpmf(right, 80, right / 80).sum()
    assert fit.deviance == pytest.approx(2 * (saturated - best), abs=1e-6)
    assert fit.degrees_of_freedom == 4


@pytest.mark.parametrize("curve", list(Curve))
def test_interval_ends_lie_on_the_likelihood_contour(curve: Curve) -> None:
    right = simulated(5, curve, 2.5)
    fit = fit_psychometric(LEVELS, right, trials=TRIALS, curve=curve)
    best = binom.logpmf(right, 80, probability(LEVELS, fit.threshold, fit.slope, fit.lapse, curve)).sum()
    slopes, lapses = np.meshgrid(np.linspace(0.5, 8, 400), np.linspace(0, 0.2, 81))
    for end in (fit.threshold_interval.low, fit.threshold_interval.high):
        profile = log_likelihood(right, np.full_like(slopes, end), slopes, lapses, curve).max()
        assert 2 * (best - profile) == pytest.approx(3.841, abs=0.02)


def test_many_trials_recover_the_truth() -> None:
    for curve in Curve:
        right = np.round(1e6 * probability(LEVELS, 3.2, 2.2, 0.04, curve))
        fit = fit_psychometric(LEVELS, right, trials=np.full(7, 1e6), curve=curve)
        assert fit.threshold == pytest.approx(3.2, abs=1e-3)
        assert fit.slope == pytest.approx(2.2, abs=1e-2)
        assert fit.lapse == pytest.approx(0.04, abs=1e-3)
        np.testing.assert_allclose(
            psychometric_function(LEVELS, fit), probability(LEVELS, fit.threshold, fit.slope, fit.lapse, curve)
        )


def test_intervals_cover_the_truth() -> None:
    fits = [fit_psychometric(LEVELS, simulated(seed, Curve.LOGISTIC), trials=TRIALS) for seed in range(25)]
    inside = [fit.threshold_interval.low <= 3.5 <= fit.threshold_interval.high for fit in fits]
    assert np.mean(inside) >= 0.8  # 25 observers at 95 %: fewer than 20 happen once in a thousand times


@pytest.mark.parametrize("share", [0.0, 1 / 16, 0.5, 1.0])
def test_a_flat_observer_has_no_threshold(share: float) -> None:
    fit = fit_psychometric(LEVELS, np.round(80 * np.full(7, share)), trials=TRIALS)
    assert np.isnan([fit.threshold, fit.slope, fit.threshold_interval.low]).all()
    assert "does not change" in fit.reasons["threshold"]


def test_a_step_has_a_threshold_and_no_slope() -> None:
    right = np.array([5.0, 5.0, 5.0, 80.0, 80.0, 80.0, 80.0])
    fit = fit_psychometric(LEVELS, right, trials=TRIALS)
    assert 3.0 < fit.threshold_interval.low < fit.threshold < fit.threshold_interval.high < 4.0
    assert np.isnan(fit.slope)
    assert fit.slope_interval.low > 0
    assert "one step" in fit.reasons["slope"]


def test_too_few_levels() -> None:
    fit = fit_psychometric(LEVELS, simulated(0, Curve.LOGISTIC) * (LEVELS > 5), trials=TRIALS * (LEVELS > 5))
    assert np.isnan([fit.threshold, fit.slope, fit.lapse]).all()
    assert "2 levels with trials" in fit.reasons["threshold"]


def test_reversing_the_levels_reverses_the_fit() -> None:
    right = simulated(9, Curve.LOGISTIC)
    up, down = (fit_psychometric(x, right, trials=TRIALS) for x in (LEVELS, -LEVELS))
    assert down.threshold == pytest.approx(-up.threshold, abs=1e-4)
    assert down.slope == pytest.approx(-up.slope, rel=1e-3)
    assert down.threshold_interval.low == pytest.approx(-up.threshold_interval.high, abs=1e-3)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="between 0 and the number of trials"):
        fit_psychometric(LEVELS, TRIALS + 1, trials=TRIALS)
    with pytest.raises(InvalidDataError, match="not above zero"):
        fit_psychometric(LEVELS - 1, TRIALS, trials=TRIALS, curve=Curve.WEIBULL)
    with pytest.raises(InvalidDataError, match="add up to less than 1"):
        fit_psychometric(LEVELS, TRIALS, trials=TRIALS, guess=0.9, lapse_bounds=(0.0, 0.2))


def test_weibull_at_level_zero_is_the_guess_rate() -> None:
    fit = PsychometricFit(Curve.WEIBULL, 3.0, 2.0, 0.02, 1 / 16, Interval(2.0, 4.0), Interval(1.0, 3.0), 0.0, 4, {})
    assert psychometric_function(np.array([0.0, 3.0, 1e9]), fit) == pytest.approx([1 / 16, (1 / 16 + 0.98) / 2, 0.98])


def test_levels_are_read_off_the_conditions() -> None:
    def trials(*conditions: str) -> BehaviouralAssembly:
        n = len(conditions)
        return BehaviouralAssembly(
            observer=np.array(["a", "b"] * n)[: 2 * n],
            stimulus_id=np.repeat([f"s{i}" for i in range(n)], 2),
            condition=np.repeat(conditions, 2),
            response=np.array(["cat", "na"] * n),
            category=np.full(2 * n, "cat"),
        )

    counts = level_counts(trials("c100", "c05", "c30", "c05"))
    assert counts.levels.tolist() == [5.0, 30.0, 100.0]
    assert counts.right.tolist() == [[2.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    assert counts.trials.tolist() == [[2.0, 1.0, 1.0], [2.0, 1.0, 1.0]]
    with pytest.raises(InvalidDataError, match="bw are no levels"):
        level_counts(trials("bw", "30"))
    with pytest.raises(InvalidDataError, match="30, c30 are the same level"):
        level_counts(trials("c30", "30"))


@pytest.mark.parametrize("curve", list(Curve))
def test_any_counts_give_numbers_in_order_or_reasons(curve: Curve) -> None:
    rng = np.random.default_rng(8)
    for _ in range(8):
        trials = rng.integers(1, 40, 7).astype(float)
        fit = fit_psychometric(LEVELS, np.floor(rng.random(7) * (trials + 1)), trials=trials, curve=curve)
        for name in ("threshold", "slope"):
            value, interval = getattr(fit, name), getattr(fit, f"{name}_interval")
            assert np.isnan(value) == (name in fit.reasons)
            ends = np.array([interval.low, interval.high])
            if name not in fit.reasons:
                assert np.isnan(ends).any() == (f"{name}_interval" in fit.reasons)
                assert not (ends[0] > value)
                assert not (ends[1] < value)
        assert 0 <= fit.lapse <= 0.2
