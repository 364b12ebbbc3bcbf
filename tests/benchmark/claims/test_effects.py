"""The difference of two sets of models: its variance by hand, and how often equal models are told apart."""

import numpy as np
import pytest
import scipy.stats

from brainrank.benchmark.claims.claim import Expectation
from brainrank.benchmark.claims.effects import FAILS, HOLDS, OPEN, effect, verdict
from brainrank.benchmark.statistics.uncertainty import deviations, spread
from brainrank.benchmark.types.score import Draws


def drawn(rng: np.random.Generator, n_stimuli: int, sd: float, name: str = "images") -> Draws:
    return deviations(rng.normal(0, sd, 400), n_stimuli=n_stimuli, stimulus_set=name)


def test_of_one_model_each_it_is_the_paired_difference() -> None:
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 0.05, 400)
    one, other = (deviations(shared + rng.normal(0, 0.01, 400), n_stimuli=50, stimulus_set="i") for _ in range(2))
    found = effect(np.array([[0.5], [0.47]]), [[one], [other]], [True, False])
    variance = (one.deviations - other.deviations)[0].var(ddof=1)
    assert found.value == pytest.approx(0.03)
    assert found.spread.variance == pytest.approx(variance, rel=0.02)
    reach = scipy.stats.t.ppf(0.975, 49) * np.sqrt(variance)
    assert found.interval.high - found.value == pytest.approx(reach, rel=0.02)


def test_seeds_of_a_side_are_a_sample_of_it() -> None:
    rng = np.random.default_rng(1)
    values = np.array([[0.5], [0.6], [0.7], [0.3]])
    draws = [[drawn(rng, 50, 0.0)] for _ in values]
    found = effect(values, draws, [True, True, True, False])
    assert found.value == pytest.approx(0.3)
    assert found.spread.variance == pytest.approx(0.01 / 3)
    assert found.spread.freedom == pytest.approx(2)


def test_benchmarks_of_a_study_weigh_alike_and_pair_their_images() -> None:
    rng = np.random.default_rng(2)
    one, other = drawn(rng, 50, 0.05), drawn(rng, 50, 0.05)
    still = drawn(rng, 50, 0.0)
    twice = effect(np.array([[0.5, 0.7], [0.4, 0.4]]), [[one, one], [still, still]], [True, False])
    assert twice.value == pytest.approx(0.2)
    assert twice.spread.variance == pytest.approx(spread([one]).variance)  # of the same images, no evidence more
    apart = effect(np.array([[0.5, 0.7], [0.4, 0.4]]), [[one, other], [still, still]], [True, False])
    assert apart.spread.variance == pytest.approx(spread([one, other]).variance / 4, rel=0.02)


@pytest.mark.parametrize(
    ("value", "sd", "more", "alike"),
    [(0.2, 0.01, HOLDS, FAILS), (-0.2, 0.01, FAILS, FAILS), (0.01, 0.01, OPEN, HOLDS), (0.01, 0.1, OPEN, OPEN)],
)
def test_verdicts(value: float, sd: float, more: str, alike: str) -> None:
    rng = np.random.default_rng(3)
    found = effect(np.array([[value], [0.0]]), [[drawn(rng, 60, sd)], [drawn(rng, 60, 0.0)]], [True, False])
    assert verdict(found, Expectation.MORE, None) == more
    assert verdict(found, Expectation.ALIKE, 0.05) == alike


@pytest.mark.parametrize(("n_stimuli", "seeds"), [(20, 1), (20, 3), (100, 3)])
def test_equal_models_are_seldom_told_apart(n_stimuli: int, seeds: int) -> None:
    """Images are drawn anew in each world, and so are seeds, which differ as much as images make them differ."""
    rng, told = np.random.default_rng(4), 0
    worlds = 400
    for _ in range(worlds):
        items = rng.normal(0, 1, (2 * seeds, n_stimuli)) + rng.normal(0, 0.2 * (seeds > 1), (2 * seeds, 1))
        counts = rng.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), 200)
        draws = [[deviations(counts @ row / n_stimuli, n_stimuli=n_stimuli, stimulus_set="i")] for row in items]
        found = effect(items.mean(axis=1)[:, None], draws, [True] * seeds + [False] * seeds)
        told += verdict(found, Expectation.MORE, None) == HOLDS
    assert told / worlds <= 0.025 + 2.5 * np.sqrt(0.025 * 0.975 / worlds)
