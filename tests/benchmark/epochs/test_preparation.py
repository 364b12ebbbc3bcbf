"""Baseline, sliding mean and decimation, by hand."""

import numpy as np
import pytest

from brainrank.benchmark.epochs.preparation import prepared
from brainrank.benchmark.epochs.settings import DecodingSettings
from brainrank.benchmark.types.errors import InvalidDataError

TIMES = np.arange(-40.0, 61.0, 10.0)
TRIALS = np.random.default_rng(0).standard_normal((3, 2, len(TIMES)))


def test_without_settings_nothing_is_done():
    found = prepared(TRIALS, TIMES, DecodingSettings())
    np.testing.assert_array_equal(found.trials, TRIALS)
    np.testing.assert_array_equal(found.times_ms, TIMES)


def test_the_baseline_has_mean_zero_and_both_its_ends():
    found = prepared(TRIALS, TIMES, DecodingSettings(baseline_ms=(-40.0, -10.0)))
    np.testing.assert_allclose(found.trials, TRIALS - TRIALS[..., :4].mean(axis=-1, keepdims=True))
    assert found.baseline.tolist() == [0, 1, 2, 3]


def test_times_that_were_seconds_are_in_the_baseline():
    found = prepared(TRIALS, (TIMES / 1000) * 1000 + 1e-10, DecodingSettings(baseline_ms=(-40.0, 0.0)))
    assert len(found.baseline) == 5


def test_the_sliding_mean_is_of_what_is_there():
    found = prepared(TRIALS, TIMES, DecodingSettings(sliding_mean_ms=20.0)).trials
    np.testing.assert_allclose(found[..., 0], TRIALS[..., :2].mean(axis=-1))
    np.testing.assert_allclose(found[..., 5], TRIALS[..., 4:7].mean(axis=-1))
    np.testing.assert_allclose(found[..., -1], TRIALS[..., -2:].mean(axis=-1))


def test_decimation_keeps_each_so_many_th_time_of_the_mean():
    found = prepared(TRIALS, TIMES, DecodingSettings(baseline_ms=(-40.0, 0.0), sliding_mean_ms=20.0, decimate=4))
    whole = prepared(TRIALS, TIMES, DecodingSettings(baseline_ms=(-40.0, 0.0), sliding_mean_ms=20.0))
    assert found.times_ms.tolist() == [-40, 0, 40]
    assert found.baseline.tolist() == [0, 1]
    np.testing.assert_allclose(found.trials, whole.trials[..., ::4])


def test_single_precision_stays():
    assert prepared(TRIALS.astype(np.float32), TIMES, DecodingSettings(sliding_mean_ms=30.0)).trials.dtype == np.float32


def test_a_baseline_without_times_is_refused():
    with pytest.raises(InvalidDataError, match=r"no time lies in the baseline, -300 to -200 ms; the times are -40 to"):
        prepared(TRIALS, TIMES, DecodingSettings(baseline_ms=(-300.0, -200.0)))
