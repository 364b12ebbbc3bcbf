"""What each pair adds to a similarity of RDMs, against the similarity of vectors in which it is repeated."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.pair_influence import OF_PAIRS, pair_influence
from brainrank.benchmark.types.errors import InvalidDataError


def rdms(*, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.random.default_rng(0).random((2, 45))
    y = (x + 2 * y) / 3
    return (np.round(4 * x) / 4, np.round(4 * y) / 4) if ties else (x, y)


def repeated(rdm: np.ndarray, pair: int, times: int, more: int) -> np.ndarray:
    return np.repeat(rdm, np.where(np.arange(len(rdm)) == pair, times + more, times))


def peer(x: np.ndarray, y: np.ndarray, comparator: Comparator) -> float:
    if comparator is Comparator.COSINE:
        return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))
    if comparator is Comparator.CORR:
        return float(np.corrcoef(x, y)[0, 1])
    if comparator is Comparator.SPEARMAN:
        return float(spearmanr(x, y).statistic)
    ranks = [(each[:, None] > each).sum(axis=1) + (each[:, None] == each).sum(axis=1) / 2 for each in (x, y)]
    n = len(x)
    return float(12 * np.prod([each - n / 2 for each in ranks], axis=0).sum() / (n**3 - n))


@pytest.mark.parametrize("comparator", OF_PAIRS)
@pytest.mark.parametrize("ties", [False, True])
def test_values_are_those_of_the_comparator(comparator, ties):
    x, y = rdms(ties=ties)
    found = pair_influence(x, y, comparator).value
    assert found == pytest.approx(compare(x[None], y[None], comparator)[0, 0], abs=1e-12)
    assert found == pytest.approx(peer(x, y, comparator), abs=1e-12)


@pytest.mark.parametrize("comparator", OF_PAIRS)
@pytest.mark.parametrize("ties", [False, True])
def test_a_pair_adds_what_repeating_it_does(comparator, ties):
    x, y = rdms(ties=ties)
    found = pair_influence(x, y, comparator).influence
    times, scale = 20, 1 if comparator is not Comparator.RHO_A else 1 - 1 / 45**2
    for pair in range(0, 45, 4):
        more, less = (peer(*(repeated(each, pair, times, by) for each in (x, y)), comparator) for by in (1, -1))
        assert found[pair] * scale == pytest.approx((more - less) / 2 * times, abs=2e-4)
    # Not of rho-a, which by its n^3 - n is a little more than a share.
    assert found.sum() == pytest.approx(0, abs=1e-2 if comparator is Comparator.RHO_A else 1e-9)


@pytest.mark.parametrize("comparator", OF_PAIRS)
def test_a_constant_rdm_has_no_similarity(comparator):
    x, _ = rdms(ties=False)
    constant = np.full(45, 0.0 if comparator is Comparator.COSINE else 0.3)
    for found in (pair_influence(x, constant, comparator), pair_influence(constant, x, comparator)):
        assert np.isnan(found.value)
        assert np.isnan(found.influence).all()


@pytest.mark.parametrize("comparator", [each for each in Comparator if each not in OF_PAIRS])
def test_comparators_of_more_than_single_pairs_are_refused(comparator):
    with pytest.raises(InvalidDataError, match="choose from cosine, corr, spearman, rho-a"):
        pair_influence(*rdms(ties=False), comparator)
