from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.stats import rankdata

from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.rdm_pairs import (
    Pair,
    RdmPair,
    arrangements,
    most_disputed,
    percentiles,
    require_kept,
)
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score


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


def test_features_that_were_handed_in_are_in_no_store() -> None:
    score = Score(0.5, "rho-a", Interval(0.4, 0.6), NoiseCeiling(0.9, 0.9))

    def run(device: str) -> StoredRun:
        return StoredRun(1, "mine", "unsorted", "", "it.rsa", 1, datetime.now(UTC), score, {"device": device}, {})

    require_kept(run("cpu"))
    with pytest.raises(NotFoundError, match="Features of mine were handed in"):
        require_kept(run("recorded"))
