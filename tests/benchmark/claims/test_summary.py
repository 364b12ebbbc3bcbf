"""Random effects: published numbers of the BCG trials, and how often no effect is told."""

import numpy as np
import pytest

from brainrank.benchmark.claims.summary import paule_mandel, random_effects

# Log risk ratios of thirteen trials of the BCG vaccine and their variances (Colditz et al. 1994).
EFFECTS = np.array(
    [-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209, 0.0120, -0.4694, -1.3713, -0.3394, 0.4459, -0.0173]
)
VARIANCES = np.array(
    [0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714]
)


def test_the_trials_of_bcg_give_their_published_summary() -> None:
    """tau^2 .318 by Paule and Mandel, mean -.715; I^2 of Q = 152.2 with 12 degrees of freedom is .921."""
    found = random_effects(EFFECTS, VARIANCES)
    assert found.tau**2 == pytest.approx(0.318, abs=0.003)
    assert found.value == pytest.approx(-0.715, abs=0.002)
    assert found.i_squared == pytest.approx(1 - 12 / 152.23, abs=0.002)
    assert found.interval.high < 0
    assert found.prediction.low < found.interval.low < found.interval.high < found.prediction.high


def test_studies_that_agree_have_no_heterogeneity() -> None:
    found = random_effects(np.array([0.1, 0.1, 0.1]), np.array([0.01, 0.02, 0.03]))
    assert (found.tau, found.i_squared) == (0, 0)
    assert found.value == pytest.approx(0.1)
    assert found.spread.variance == pytest.approx(1 / (100 + 50 + 1 / 0.03))  # never narrower than the usual one
    assert paule_mandel(np.array([0.1, 0.2]), np.array([1.0, 1.0])) == 0


@pytest.mark.parametrize("studies", [2, 3, 6])
@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_no_effect_is_seldom_told_and_intervals_hold_it(studies: int, tau: float) -> None:
    rng, worlds = np.random.default_rng(0), 600
    held = 0
    for _ in range(worlds):
        variances = rng.uniform(0.5, 2, studies) * 0.05**2
        found = random_effects(rng.normal(0, np.sqrt(variances + tau**2)), variances)
        held += found.interval.low <= 0 <= found.interval.high
    assert held / worlds >= 0.95 - 2.5 * np.sqrt(0.05 * 0.95 / worlds)
