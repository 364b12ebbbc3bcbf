import numpy as np
import pytest

from brainrank.benchmark.metrics.regression.explainable_variance import explainable_variance
from brainrank.benchmark.types.errors import InvalidDataError


@pytest.mark.parametrize("repeats", [2, 5])
def test_it_is_the_share_of_signal_in_one_repeat(repeats):
    rng = np.random.default_rng(0)
    noise = np.array([0.0, 1.0, 3.0])
    responses = rng.standard_normal((20000, 1, 3)) + rng.standard_normal((20000, repeats, 3)) * noise
    np.testing.assert_allclose(explainable_variance(responses).values, 1 / (1 + noise**2), atol=0.02)


def test_it_is_written_as_in_the_conventions():
    responses = np.random.default_rng(1).standard_normal((15, 4, 2))
    for target, found in enumerate(explainable_variance(responses).values):
        table = responses[:, :, target]
        ev = np.var([row.mean() for row in table]) / np.mean([np.var(table[:, repeat]) for repeat in range(4)])
        assert found == pytest.approx(ev - (1 - ev) / 3)


def test_pure_noise_has_none_on_average():
    values = explainable_variance(np.random.default_rng(2).standard_normal((100, 3, 2000))).values
    assert abs(values.mean()) < 0.005
    assert values.min() < 0


def test_what_is_undefined_says_why():
    responses = np.random.default_rng(3).standard_normal((9, 3, 2))
    responses[:, :, 1] = 0.1
    found = explainable_variance(responses)
    assert np.isnan(found.values).tolist() == [False, True]
    assert found.reasons[0] == ""
    assert "vary" in found.reasons[1]
    assert all("at least 2" in reason for reason in explainable_variance(responses[:, :1]).reasons)
    responses[2, 1, 0] = np.nan
    with pytest.raises(InvalidDataError, match="NaN"):
        explainable_variance(responses)
