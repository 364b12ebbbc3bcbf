import numpy as np
import pytest
from golden import NORMALISED, RAW, RELIABILITY

from brainrank.benchmark.metrics.regression.brainscore import NORMALISATIONS, half_split_ceiling


@pytest.mark.parametrize(("convention", "expected"), NORMALISED)
def test_the_worked_example_of_the_conventions(convention, expected):
    assert NORMALISATIONS[convention](RAW, RELIABILITY) == pytest.approx(expected, abs=5e-5)


def test_ceiling_is_the_reliability_of_the_mean():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((4000, 1, 9))
    responses = signal + rng.standard_normal((4000, 10, 9)) * 2
    found = half_split_ceiling(responses, rng=np.random.default_rng(1))
    assert found.value == pytest.approx(1 / (1 + 4 / 10), abs=0.01)
    padded = np.concatenate([responses, np.full((4000, 2, 9), np.nan)], axis=1)
    padded[:5] = np.nan
    assert half_split_ceiling(padded, rng=np.random.default_rng(1)).value == pytest.approx(found.value, abs=0.03)


def test_ceiling_of_identical_repeats_is_one_and_of_one_repeat_undefined():
    signal = np.random.default_rng(0).standard_normal((30, 1, 2))
    assert half_split_ceiling(signal.repeat(4, axis=1), rng=np.random.default_rng(0)).value == pytest.approx(1)
    alone = half_split_ceiling(signal, rng=np.random.default_rng(0))
    assert np.isnan(alone.value)
    assert "at least 2" in alone.reason


def test_constant_targets_are_left_out_of_the_median():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((40, 1, 3)) + rng.standard_normal((40, 4, 3))
    with_constant = np.concatenate([responses, np.ones((40, 4, 1))], axis=2)
    plain = half_split_ceiling(responses, rng=np.random.default_rng(1))
    assert half_split_ceiling(with_constant, rng=np.random.default_rng(1)).value == pytest.approx(plain.value)
    assert "no target varies" in half_split_ceiling(np.ones((40, 4, 1)), rng=rng).reason
