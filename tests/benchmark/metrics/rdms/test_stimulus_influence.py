"""What stimuli add to a similarity, against derivatives of the statistics with weights that are no whole numbers."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from stand_in_card import on_a_card

from brainrank.benchmark.metrics.alignment.similarity import without_doubled_pairs
from brainrank.benchmark.metrics.rdms import concordance_influence
from brainrank.benchmark.metrics.rdms.comparators import WHITENED, Comparator, compare
from brainrank.benchmark.metrics.rdms.pair_influence import OF_PAIRS, pair_influence
from brainrank.benchmark.metrics.rdms.stimulus_influence import PairSums, share_over_new_units, similarity_influence
from brainrank.benchmark.metrics.rdms.weighted_whitening import whitened_cosines

N = 24
STEP = 1e-4
UPPER = np.triu_indices(N, k=1)
EACH_ITS_OWN, IN_GROUPS = (
    np.arange(N),
    np.array([0, 0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 9, 9, 9, 10, 11, 12, 12, 13, 14]),
)


def rdms(*, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    """Two RDMs on the same stimuli, of which some are far from all."""
    rng = np.random.default_rng(5)
    far = rng.random(N)
    x, y = rng.random((2, len(UPPER[0]))) + (far[UPPER[0]] + far[UPPER[1]]) * np.array([[1], [0.7]])
    return (np.round(4 * x), np.round(3 * y)) if ties else (x, y)


def weighted(x: np.ndarray, y: np.ndarray, counts: np.ndarray, comparator: Comparator) -> float:
    """A comparator of RDMs whose pairs have real weights, by double sums over pairs."""
    w = counts[UPPER[0]] * counts[UPPER[1]]
    if comparator in WHITENED:
        mean_off = comparator is Comparator.CORR_COV
        return float(whitened_cosines(x[None], y[None], counts[:, None], w[:, None], mean_off=mean_off)[0, 0, 0])
    total = w.sum()
    if comparator is Comparator.TAU_A:
        signs = np.sign(x[:, None] - x) * np.sign(y[:, None] - y)
        return float(w @ signs @ w / (total**2 - total))
    if comparator in (Comparator.RHO_A, Comparator.SPEARMAN):
        # Lower weight plus half of that of ties; the mean rank is half of all.
        x, y = (((each[:, None] > each) + (each[:, None] == each) / 2) @ w - total / 2 for each in (x, y))
    if comparator is Comparator.RHO_A:
        return float(12 * (w * x * y).sum() / (total**3 - total))
    if comparator is Comparator.CORR:
        x, y = x - w @ x / total, y - w @ y / total
    return float((w * x * y).sum() / np.sqrt((w * x * x).sum() * (w * y * y).sum()))


def derivatives(x: np.ndarray, y: np.ndarray, units: np.ndarray, comparator: Comparator) -> np.ndarray:
    found = []
    for unit in range(units.max() + 1):
        ends = [weighted(x, y, 1.0 + sign * STEP * (units == unit), comparator) for sign in (1, -1)]
        found.append((ends[0] - ends[1]) / (2 * STEP))
    return np.array(found)


@pytest.mark.parametrize("comparator", Comparator)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("units", [EACH_ITS_OWN, IN_GROUPS], ids=["each its own", "in groups"])
def test_influences_are_derivatives_in_how_often_units_are_drawn(comparator, ties, units):
    x, y = rdms(ties=ties)
    found = similarity_influence([x], y[None], units, comparator)
    assert found.values[0, 0] == pytest.approx(compare(x[None], y[None], comparator)[0, 0], abs=1e-12)
    expected, influence = derivatives(x, y, units, comparator), found.influence[0, 0]
    # All are drawn in by one factor, which is tested below: here they are brought to one length.
    lengthened = influence * np.linalg.norm(expected) / np.linalg.norm(influence)
    within = 0.01 if comparator is Comparator.TAU_A else 1e-6  # its grid is of 1,024 ranks for 276 pairs
    np.testing.assert_allclose(lengthened, expected, atol=within * np.abs(expected).max())
    assert 0.5 <= np.linalg.norm(influence) / np.linalg.norm(expected) <= 1 + within


@pytest.mark.parametrize("comparator", OF_PAIRS)
@pytest.mark.parametrize("units", [EACH_ITS_OWN, IN_GROUPS], ids=["each its own", "in groups"])
def test_influences_are_drawn_in_as_those_of_every_statistic_of_pairs(comparator, units):
    x, y = rdms(ties=False)
    pairs = squareform(pair_influence(x, y, comparator).influence)
    members = np.eye(units.max() + 1)[units]
    between = members.T @ pairs @ members
    influence = between.sum(axis=1)
    np.fill_diagonal(between, 0)
    found = similarity_influence([x], y[None], units, comparator).influence[0, 0]
    np.testing.assert_allclose(found, without_doubled_pairs(influence, between), atol=1e-12)
    assert np.linalg.norm(found) < np.linalg.norm(influence)


def test_what_is_the_pairs_own_from_sums_alone():
    rng = np.random.default_rng(2)
    pairs = squareform(rng.standard_normal(300))
    rows, squares = pairs.sum(axis=1), float((pairs**2).sum() / 2)
    expected = without_doubled_pairs(rows, pairs) / rows
    np.testing.assert_allclose(np.sqrt(share_over_new_units(rows, PairSums(rows, squares))), expected, rtol=1e-10)
    assert share_over_new_units(np.zeros(25), PairSums(np.zeros(25), 0.0)) == 1
    assert share_over_new_units(np.ones(3), PairSums(np.ones(3), 1.0)) == 1
    alone = rng.standard_normal(25)
    of_stimuli = alone[:, None] + alone - 2 * np.diag(alone)
    sums = of_stimuli.sum(axis=1)
    assert share_over_new_units(sums, PairSums(sums, float((of_stimuli**2).sum() / 2))) == pytest.approx(1)


@pytest.mark.parametrize("grid", [64, 1024])
def test_concordance_of_pairs_against_all_pairs_of_them(grid, monkeypatch):
    monkeypatch.setattr(concordance_influence, "GRID", grid)
    x, y = np.random.default_rng(0).standard_normal((2, 1225))
    y = x + y
    ranks = [np.argsort(np.argsort(each)) + 1 - 613.0 for each in (x, y)]
    exact = (np.sign(x[:, None] - x) * np.sign(y[:, None] - y)).sum(axis=1)
    tau = exact.sum() / (1225 * 1224)
    found = concordance_influence.concordance_influence(*ranks)
    assert found.value == pytest.approx(tau, abs=1e-12)
    of_pairs = (found.influence * 1225 * 1224 + (2 * 1225 - 1) * tau) / 2
    np.testing.assert_allclose(of_pairs, exact, atol=2 * 1225 / grid + 2)


@pytest.mark.parametrize("comparator", Comparator)
def test_what_does_not_vary_or_is_missing_has_no_influence(comparator):
    x, y = rdms(ties=False)
    missing = x.copy()
    missing[7] = np.nan
    constant = np.zeros_like(x) if comparator in (Comparator.COSINE, Comparator.COSINE_COV) else np.full_like(x, 0.3)
    found = similarity_influence([x, missing, constant], np.stack([y, missing]), EACH_ITS_OWN, comparator)
    assert found.finite.tolist() == [True, False, True]
    assert np.isfinite(found.values[0, 0])
    assert np.isnan(found.values[1]).all()
    assert np.isnan(found.values[:, 1]).all()
    assert np.isnan(found.influence[1]).all()
    expected = compare(constant[None], y[None], comparator)[0, 0]
    np.testing.assert_equal(found.values[2, 0], expected)  # NaN, but for rho-a and tau-a, which are 0
    np.testing.assert_allclose(found.influence[2, 0], np.full(N, expected), atol=1e-12)


def test_draws_move_similarities_by_their_counts():
    x, y = rdms(ties=False)
    found = similarity_influence([x, y], np.stack([y, x, y]), IN_GROUPS, Comparator.CORR)
    n_units = IN_GROUPS.max() + 1
    once, twice = np.ones(n_units, dtype=np.int64), np.ones(n_units, dtype=np.int64)
    twice[4] += 1
    twice[9] -= 1
    drawn = found.on_draws(np.stack([once, twice]))
    np.testing.assert_array_equal(drawn[0], found.values)
    np.testing.assert_allclose(drawn[1] - drawn[0], found.influence[:, :, 4] - found.influence[:, :, 9], atol=1e-15)
    of_one = found.of_models(np.array([False, True])).on_draws(np.stack([once, twice]))
    np.testing.assert_allclose(of_one[:, 0], drawn[:, 1], atol=1e-15)


@pytest.mark.parametrize("comparator", Comparator)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("units", [EACH_ITS_OWN, IN_GROUPS])
def test_on_a_device_it_is_what_numpy_finds(comparator: Comparator, ties: bool, units: np.ndarray) -> None:
    """Torch on the CPU stands for a card; whitened comparators and tau-a are NumPy's there, too."""
    x, y = rdms(ties=ties)
    models, subjects = [x, y, np.full_like(x, np.nan), np.ones_like(x)], np.stack([y, x])
    plain = similarity_influence(models, subjects, units, comparator)
    with on_a_card():
        found = similarity_influence(models, subjects, units, comparator)
    np.testing.assert_array_equal(plain.finite, found.finite)
    np.testing.assert_allclose(plain.values, found.values, rtol=0, atol=1e-12)
    np.testing.assert_allclose(plain.influence, found.influence, rtol=0, atol=1e-12)
