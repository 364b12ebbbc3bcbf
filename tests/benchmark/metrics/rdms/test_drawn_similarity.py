"""Draws by influences against draws that are compared anew, and which of the two is taken."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.drawn_similarity import (
    MOST_UNITS_COMPARED_ANEW,
    compared_anew,
    drawn_similarity,
)
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.statistics.resampling import counts_of_units, stimulus_counts

DRAWS = 2_000
FAST = [each for each in Comparator if each is not Comparator.TAU_A]


def test_few_units_are_compared_anew_and_many_are_not():
    assert compared_anew(MOST_UNITS_COMPARED_ANEW)
    assert not compared_anew(MOST_UNITS_COMPARED_ANEW + 1)


def study(n: int, *, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    latent = rng.standard_normal((n, 12))
    rdms = [pdist(latent + rng.standard_normal((n, 12)), "correlation") for _ in range(2)]
    return tuple(np.round(6 * rdm) if ties else rdm for rdm in rdms)


@pytest.mark.parametrize("comparator", FAST)
@pytest.mark.parametrize(("n", "group", "ties"), [(120, 1, False), (100, 1, True), (160, 2, False)])
def test_standard_errors_are_those_of_the_bootstrap(comparator, n, group, ties):
    """Of the part that is linear in the counts, by regression on them: what is left of it by the pairs' share."""
    x, y = study(n, ties=ties)
    units = np.arange(n) // group
    counts = stimulus_counts(n, draws=DRAWS, rng=np.random.default_rng(1), units=units)
    anew = drawn_similarity(x[None], y[None], counts, units=units, anew=True, comparator=comparator)
    moved = drawn_similarity(x[None], y[None], counts, units=units, anew=False, comparator=comparator)
    np.testing.assert_allclose(anew.fixed, moved.fixed, atol=1e-12)
    of_units = counts_of_units(counts, units) - 1.0
    whole, drawn = anew.drawn[:, 0, 0] - anew.drawn.mean(), moved.drawn[:, 0, 0] - moved.fixed[0, 0]
    linear = of_units @ np.linalg.lstsq(of_units, whole, rcond=None)[0]
    assert np.corrcoef(linear, drawn)[0, 1] > 0.97
    influence = similarity_influence([x], y[None], units, comparator).influence[0, 0]
    assert drawn.std() == pytest.approx(np.sqrt((influence**2).sum()), rel=0.05)
    # F + S, F + 2 S and F + 3 S of statistics/uncertainty.py, each within a few per cent of its own draws.
    shared = 2 * linear.var() - whole.var()
    assert drawn.std() == pytest.approx(np.sqrt(shared), rel=0.06)
    assert drawn.std() < linear.std() < whole.std()


def test_units_are_counted_by_their_first_stimulus():
    units = np.array([1, 0, 1, 2])
    counts = np.array([[3, 0, 3, 1], [0, 2, 0, 1]])
    np.testing.assert_array_equal(counts_of_units(counts, units), [[0, 3, 1], [2, 0, 1]])
