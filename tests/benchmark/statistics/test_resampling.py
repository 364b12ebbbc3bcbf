import numpy as np
import pytest

from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts
from brainrank.benchmark.types.errors import InvalidDataError


@pytest.mark.parametrize("draw", [stimulus_counts, subject_counts])
def test_counts_add_up_and_repeat_with_the_seed(draw):
    counts = draw(20, draws=3000, rng=np.random.default_rng(1))
    assert counts.shape == (3000, 20)
    assert (counts.sum(axis=1) == 20).all()
    np.testing.assert_array_equal(counts, draw(20, draws=3000, rng=np.random.default_rng(1)))
    # Drawing with replacement leaves (1 - 1/n)^n out.
    assert (counts == 0).mean() == pytest.approx((1 - 1 / 20) ** 20, abs=0.01)
    assert counts.var() == pytest.approx(1 - 1 / 20, abs=0.02)


@pytest.mark.parametrize("arguments", [(0, 5), (5, 0)])
def test_nothing_to_draw(arguments):
    with pytest.raises(InvalidDataError, match="at least one stimulus"):
        stimulus_counts(arguments[0], draws=arguments[1], rng=np.random.default_rng(0))
