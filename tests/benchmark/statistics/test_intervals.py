import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rsatoolbox.util import inference_util
from scipy.stats import bootstrap, norm
from scipy.stats import t as student

from brainrank.benchmark.statistics.intervals import (
    bias_corrected_interval,
    calibrated_resamples,
    dual_variance,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Resamples

VARIANCES = st.floats(1e-6, 10)


@given(VARIANCES, VARIANCES, VARIANCES, st.integers(2, 100), st.integers(2, 50))
def test_dual_variance_equals_rsatoolbox(v_stimuli, v_subjects, v_both, n_stimuli, n_subjects):
    expected = inference_util._dual_bootstrap(
        np.array([[v_both], [v_subjects], [v_stimuli]]), n_rdm=n_subjects, n_pattern=n_stimuli
    )[0]
    value = dual_variance(v_stimuli, v_subjects, v_both, n_stimuli=n_stimuli, n_subjects=n_subjects)
    # rsatoolbox bounds it below by the two variances with their n / (n - 1), the conventions by the bare ones.
    at_least = max(v_subjects * n_subjects / (n_subjects - 1), v_stimuli * n_stimuli / (n_stimuli - 1))
    if expected > at_least * (1 + 1e-9) or v_both < max(v_subjects, v_stimuli):
        assert value == pytest.approx(expected, rel=1e-9)
    else:
        assert value <= expected * (1 + 1e-9)
    assert value <= v_both


def test_dual_variance_by_hand_nan_and_too_few():
    assert dual_variance(0.2, 0.1, 0.4, n_stimuli=11, n_subjects=5) == pytest.approx(0.125 + 0.22 - 1.375 * 0.1)
    assert np.isnan(dual_variance(0.1, np.nan, 0.2, n_stimuli=9, n_subjects=9))
    with pytest.raises(InvalidDataError, match="at least 2 of each"):
        dual_variance(0.1, 0.1, 0.2, n_stimuli=9, n_subjects=1)


def test_interval_equals_the_formula_on_a_normal_sample():
    resamples = norm.ppf((np.arange(20000) + 0.5) / 20000)
    centred = bias_corrected_interval(0.0, resamples)
    assert (centred.low, centred.high) == pytest.approx((-1.96, 1.96), abs=2e-3)
    # A median 0.3 below the estimate moves both bounds up by 2 x 0.3.
    shifted = bias_corrected_interval(0.3, resamples)
    assert (shifted.low, shifted.high) == pytest.approx((-1.96 + 0.6, 1.96 + 0.6), abs=5e-3)
    narrow = bias_corrected_interval(0.0, resamples, level=0.5)
    assert (narrow.low, narrow.high, narrow.level) == pytest.approx((-0.6745, 0.6745, 0.5), abs=2e-3)


def test_interval_agrees_with_scipys_bca_without_skew():
    data = norm.ppf((np.arange(60) + 0.5) / 60)  # symmetric: the acceleration, which BC lacks, is zero
    peer = bootstrap((data,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(0))
    rng = np.random.default_rng(1)
    ours = bias_corrected_interval(float(data.mean()), rng.choice(data, (9999, 60)).mean(axis=1))
    expected = (peer.confidence_interval.low, peer.confidence_interval.high)
    assert (ours.low, ours.high) == pytest.approx(expected, abs=0.012)


def test_degenerate_and_missing_resamples():
    same = bias_corrected_interval(0.4, np.full(100, 0.4))
    assert (same.low, same.high) == (0.4, 0.4)
    outside = bias_corrected_interval(5.0, np.linspace(0, 1, 100))
    assert (outside.low, outside.high) == pytest.approx((1.0, 1.0), abs=0.02)
    values = np.linspace(-1, 1, 1001)
    holed = np.concatenate([values, np.full(500, np.nan)])
    assert bias_corrected_interval(0.0, holed) == bias_corrected_interval(0.0, values)
    for estimate, resamples in ((0.0, np.full(1000, np.nan)), (0.0, values[:39]), (np.nan, values)):
        interval = bias_corrected_interval(estimate, resamples)
        assert np.isnan([interval.low, interval.high]).all()
    with pytest.raises(InvalidDataError, match=r"0\.95"):
        bias_corrected_interval(0.0, values, level=95.0)


def test_stimuli_alone_with_fewer_than_three_subjects():
    drawn = np.random.default_rng(0).normal(size=500)
    values = calibrated_resamples(Resamples(drawn), 0.0, 10, 2)
    # t / z at 97.5 % with 9 degrees of freedom: 2.2622 / 1.9600
    assert values.std() == pytest.approx(drawn.std() * np.sqrt(10 / 9) * 2.2622 / 1.9600, rel=1e-4)
    assert values.mean() == pytest.approx(drawn.mean())


def test_two_factors_have_the_dual_variance_and_satterthwaites_freedom():
    rng = np.random.default_rng(0)
    resamples = Resamples(rng.normal(size=900), rng.normal(size=900) / 2, 1.3 * rng.normal(size=900))
    v = [float(r.var(ddof=1)) for r in (resamples.stimuli, resamples.subjects, resamples.both)]
    a, b = v[1] * 5 / 4, v[0] * 30 / 29
    freedom = (a + b) ** 2 / (a**2 / 4 + b**2 / 29)
    expected = dual_variance(*v, n_stimuli=30, n_subjects=5) * (student.ppf(0.975, freedom) / norm.ppf(0.975)) ** 2
    assert calibrated_resamples(resamples, 0.0, 30, 5).var(ddof=1) == pytest.approx(expected)


def test_resamples_without_spread_missing_draws_and_undefined_estimates():
    fixed = np.full(100, 0.5)
    np.testing.assert_array_equal(calibrated_resamples(Resamples(fixed, fixed, fixed), 0.5, 20, 5), fixed)
    holed = np.random.default_rng(0).normal(size=100)
    holed[::3] = np.nan
    values = calibrated_resamples(Resamples(holed), 0.0, 20, 1)
    np.testing.assert_array_equal(np.isnan(values), np.isnan(holed))
    for estimate, n in ((float("nan"), 20), (0.5, 1)):
        assert np.isnan(calibrated_resamples(Resamples(fixed, fixed, fixed), estimate, n, 5)).all()
    assert np.isnan(calibrated_resamples(Resamples(np.full(50, np.nan)), 0.5, 20, 1)).all()
