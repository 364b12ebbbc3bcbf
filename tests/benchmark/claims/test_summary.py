"""Random effects: published numbers of the BCG trials, and how often no effect is told."""

import numpy as np
import pytest
import scipy.stats

from brainrank.benchmark.claims.claim import Claim, Expectation
from brainrank.benchmark.claims.effects import effect
from brainrank.benchmark.claims.summary import all_studies, paule_mandel, random_effects, together
from brainrank.benchmark.statistics.uncertainty import deviations

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


def test_models_of_a_side_add_the_variance_of_their_mean_once() -> None:
    values = np.array([[0.5, 0.5], [0.7, 0.7], [0.2, 0.2]])
    summary, whole = together(values, np.array([1e-4, 1e-4]), [True, True, False])
    assert whole.value == summary.value == pytest.approx(0.4)
    assert whole.of_data.variance == pytest.approx(1e-4 / 2)
    assert whole.spread.variance == pytest.approx(1e-4 / 2 + 0.02 / 2)  # once, though in two studies
    freedom = whole.spread.variance**2 / (5e-5**2 + 0.01**2)
    assert whole.interval.high - 0.4 == pytest.approx(scipy.stats.t.ppf(0.975, freedom) * whole.spread.variance**0.5)
    assert summary.interval == whole.interval
    alone, one = together(values[1:], np.array([1e-4, 1e-4]), [True, False])
    assert alone.spread == one.of_data


@pytest.mark.parametrize("studies", [2, 6, 12])
@pytest.mark.parametrize("seeds_sd", [0.02, 0.05])
def test_seeds_that_are_in_every_study_are_no_evidence_twice(studies: int, seeds_sd: float) -> None:
    """Two trainings of the same quality, three seeds of each: a lucky seed is lucky in all studies."""
    rng, worlds, data_sd = np.random.default_rng(0), 600, 0.03
    first, variances = [True] * 3 + [False] * 3, np.full(studies, data_sd**2)
    held = 0
    for _ in range(worlds):
        noise = rng.normal(0, data_sd, studies) * np.array(first)[:, None]
        effect = together(rng.normal(0, seeds_sd, 6)[:, None] + noise, variances, first).effect
        held += effect.interval.low <= 0 <= effect.interval.high
    assert held / worlds >= 0.95 - 2.5 * np.sqrt(0.05 * 0.95 / worlds)


@pytest.mark.parametrize("studies", [2, 6])
@pytest.mark.parametrize(("seeds", "seeds_sd"), [(1, 0.0), (3, 0.2), (3, 0.5)])
def test_equal_trainings_are_seldom_called_replicated(studies: int, seeds: int, seeds_sd: float) -> None:
    """Through the whole rule: 40 images of each study, and seeds that are in all of them, drawn anew in each world."""
    claim = Claim("c", "A beats b.", "x", ("a",), ("b",), Expectation.MORE, ("it",), None, None, "0" * 64)
    rng, worlds, told, n = np.random.default_rng(0), 200, 0, 40
    first = [True] * seeds + [False] * seeds
    for _ in range(worlds):
        quality, effects, values = rng.normal(0, seeds_sd, 2 * seeds), [], []
        for study in range(studies):
            items = rng.normal(0, 1, (2 * seeds, n)) + quality[:, None]
            counts = rng.multinomial(n, np.full(n, 1 / n), 60)
            draws = [[deviations(counts @ row / n, n_stimuli=n, stimulus_set=str(study))] for row in items]
            values.append(items.mean(axis=1).tolist())
            effects.append(effect(items.mean(axis=1)[:, None], draws, first))
        told += all_studies(effects, values, first, claim).verdict == "holds"
    assert told / worlds <= 0.025 + 2.5 * np.sqrt(0.025 * 0.975 / worlds)
