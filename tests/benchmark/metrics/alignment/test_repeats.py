import numpy as np
import pytest

from brainrank.benchmark.metrics.alignment.repeats import has_two_of_each, repeat_halves, root_of_reliability


def test_halves_hold_each_whole_repeat_once():
    # Powers of two: a sum tells which repeats are in it.
    responses = np.broadcast_to(2.0 ** np.arange(5), (6, 5)).copy()[:, :, None] * np.ones(3)
    responses[0, 3], responses[1, :2, 0] = np.nan, np.nan
    first, second = repeat_halves(responses, rng=np.random.default_rng(0))
    sums = first * np.array([2, 1, 2, 2, 2, 2])[:, None] + second * np.array([2, 2, 3, 3, 3, 3])[:, None]
    np.testing.assert_allclose(sums, np.array([31 - 8, 31 - 3, 31, 31, 31, 31])[:, None] * np.ones(3))


def test_stimuli_of_one_repeat_are_seen():
    responses = np.ones((4, 3, 2))
    assert has_two_of_each(responses)
    responses[2, 1:, 1] = np.nan
    assert not has_two_of_each(responses)


def test_the_root_of_reliability_is_the_correlation_with_what_is_true_and_zero_on_average_of_noise():
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(200_000)
    first, second = (truth + 2 * rng.standard_normal(truth.size) for _ in range(2))
    r = np.corrcoef(first, second)[0, 1]
    assert root_of_reliability(np.array(r)) == pytest.approx(np.corrcoef(truth, first + second)[0, 1], abs=0.01)
    noise = rng.normal(scale=0.1, size=200_000)
    assert root_of_reliability(noise).mean() == pytest.approx(0, abs=0.003)
    np.testing.assert_array_equal(root_of_reliability(-noise), -root_of_reliability(noise))
