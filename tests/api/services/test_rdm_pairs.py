import numpy as np
from scipy.stats import rankdata

from brainrank.api.services.rdm_pairs import Pair, RdmPair, arrangements, most_disputed, percentiles


def test_percentiles_are_ranks() -> None:
    values = np.random.default_rng(0).integers(0, 5, 40).astype(np.float64)
    np.testing.assert_allclose(percentiles(values), 100 * (rankdata(values) - 1) / 39)
    assert percentiles(np.ones(3)).tolist() == [50, 50, 50]


def test_the_pairs_that_differ_most_come_first() -> None:
    # Pairs in order: ab ac ad bc bd cd.
    pair = RdmPair("last", tuple("abcd"), np.array([0.9, 0.5, 0.4, 0.3, 0.2, 0.1]), np.array([1.0, 2, 3, 4, 5, 6]))
    apart, together = most_disputed(pair, 2)
    assert apart == [Pair("a", "b", 100, 0), Pair("a", "c", 80, 20)]
    assert together == [Pair("c", "d", 0, 100), Pair("b", "d", 20, 80)]


def test_the_same_dissimilarities_make_the_same_plane() -> None:
    rdm = np.random.default_rng(0).random(10)
    found = arrangements(RdmPair("last", tuple("abcde"), rdm, 3 * rdm + 1))
    np.testing.assert_allclose(found.model.points, found.brain.points, atol=1e-12)
    assert found.model.share == found.brain.share
