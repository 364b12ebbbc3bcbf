"""Courses in Gaussian noise: how often bands hold them, how often chance is told from chance, and latencies."""

import numpy as np
import pytest

from brainrank.benchmark.statistics.courses import (
    corrected_p,
    course_deviations,
    difference,
    onset,
    peak,
    spreads,
    sureness,
)

TIMES = np.arange(0.0, 400.0, 10.0)
STUDIES, DRAWS, UNITS = 200, 200, 42
SUPPORT = (-np.inf, np.inf)


def smooth(rng: np.random.Generator, count: int) -> np.ndarray:
    """Noise of variance 1 whose neighbours in time are alike."""
    noise = rng.standard_normal((count, len(TIMES) + 8))
    kernel = np.exp(-(np.arange(-4, 5) ** 2) / 4)
    return np.apply_along_axis(np.convolve, 1, noise, kernel / np.sqrt((kernel**2).sum()), mode="valid")


def study(seed: int, truth: np.ndarray, subjects: int = 1):
    """The mean of courses of units, and how it deviates on draws of them."""
    rng = np.random.default_rng(seed)
    courses = smooth(rng, UNITS)
    counts = rng.multinomial(UNITS, np.full(UNITS, 1 / UNITS), size=DRAWS)
    value, drawn = courses.mean(axis=0), counts @ courses / UNITS
    return truth + value, course_deviations(drawn, n_units=UNITS, strata=1, stimulus_set="stimuli")


def test_bands_hold_the_truth_as_often_as_they_say():
    truth, pointwise, simultaneous = np.sin(TIMES / 60), [], []
    for seed in range(STUDIES):
        found = sureness(*study(seed, truth), SUPPORT)
        pointwise.append((found.pointwise.low <= truth) & (truth <= found.pointwise.high))
        simultaneous.append(((found.simultaneous.low <= truth) & (truth <= found.simultaneous.high)).all())
    assert np.mean(pointwise) == pytest.approx(0.95, abs=0.02)
    assert np.mean(simultaneous) == pytest.approx(0.95, abs=0.04)


def test_chance_is_seldom_told_from_chance_at_any_time():
    nothing = np.zeros(len(TIMES))
    one_sided, two_sided = [], []
    for seed in range(STUDIES):
        values, of = study(seed, nothing)
        one_sided.append((sureness(values, of, SUPPORT).above < 0.05).any())
        two_sided.append((corrected_p(values, of) < 0.05).any())
    assert np.mean(one_sided) == pytest.approx(0.05, abs=0.04)
    assert np.mean(two_sided) == pytest.approx(0.05, abs=0.04)


def test_few_subjects_make_bands_wider():
    rng, subjects = np.random.default_rng(0), 4
    courses, drawn = smooth(rng, subjects), []
    weights = rng.multinomial(subjects, np.full(subjects, 1 / subjects), size=DRAWS)
    drawn = weights @ courses / subjects
    still = np.zeros_like(drawn)
    of = course_deviations(
        still, n_units=UNITS, strata=1, stimulus_set="s", subjects=drawn, both=drawn, n_subjects=4, subject_set="p"
    )
    assert spreads(of).freedom == pytest.approx(3)
    expected = courses.var(axis=0, ddof=1) / subjects
    np.testing.assert_allclose(spreads(of).variance, expected, rtol=0.5)


def test_a_difference_deviates_by_the_difference():
    (_, first), (_, second) = (study(seed, TIMES * 0) for seed in (1, 1))
    assert not difference(first, second).parts.any()


def test_onset_and_peak_of_a_response_are_found():
    begins = np.clip((TIMES - 100) / 10, 0, 1) * np.exp(-((TIMES - 160) ** 2) / 20_000) * 3
    onsets, peaks, held = [], [], []
    for seed in range(40):
        values, of = study(seed, begins)
        onsets.append(onset(TIMES, values, of).ms)
        found = peak(TIMES, values, of)
        peaks.append(found.ms)
        held.append(found.interval.low <= 160 <= found.interval.high)
    assert np.median(onsets) == pytest.approx(110, abs=5)
    assert np.median(peaks) == pytest.approx(160, abs=5)
    assert np.mean(held) > 0.85


def test_a_course_that_does_not_last_has_no_onset():
    values, of = study(3, 5.0 * (TIMES == 100))
    found = onset(TIMES, values - study(3, TIMES * 0)[0], of)
    assert np.isnan(found.ms)
    assert "20 ms on end" in found.reason


def test_undefined_times_are_left_out():
    values, of = study(4, TIMES * 0 + 3)
    values[:5] = np.nan
    found = sureness(values, of, SUPPORT)
    assert np.isnan(found.simultaneous.low[:5]).all()
    assert np.isfinite(found.simultaneous.low[5:]).all()
    assert np.isnan(found.above[:5]).all()
    assert (found.above[5:] < 0.05).all()
