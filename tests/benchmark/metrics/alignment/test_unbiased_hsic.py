from itertools import permutations, product

import numpy as np
import pytest

from brainrank.benchmark.metrics.alignment.unbiased_hsic import unbiased_hsic

GROUPED = np.array([0, 0, 1, 2, 2, 2, 3, 4, 5])


def gram(seed: int, n: int, p: int = 5) -> np.ndarray:
    x = np.random.default_rng(seed).normal(0.5, 1, (n, p))
    return x @ x.T


def by_quadruples(k, m, units):
    """The mean over four different units, and over their stimuli, of K_ij (L_ij + L_qr - 2 L_iq), term by term."""
    members = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    return np.mean(
        [
            np.mean([k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in product(*four)])
            for four in permutations(members, 4)
        ]
    )


@pytest.mark.parametrize("units", [GROUPED, np.arange(7)])
def test_it_is_the_mean_over_stimuli_of_different_units_with_and_without_each(units):
    k, m = gram(0, len(units)), gram(1, len(units), 3)
    found = unbiased_hsic(k, m, units)
    assert found.value == pytest.approx(by_quadruples(k, m, units), abs=1e-12)
    for unit, value in enumerate(found.without):
        rest = np.flatnonzero(units != unit)
        expected = by_quadruples(k[np.ix_(rest, rest)], m[np.ix_(rest, rest)], units[rest])
        assert value == pytest.approx(expected, abs=1e-12)


def test_squared_distances_do_for_a_gram_matrix():
    k, m = gram(0, 9), gram(1, 9)
    lengths = np.diagonal(k)
    distances = lengths[:, None] + lengths - 2 * k
    found, expected = unbiased_hsic(-distances / 2, m, GROUPED), unbiased_hsic(k, m, GROUPED)
    assert found.value == pytest.approx(expected.value, abs=1e-12)


def test_near_copies_within_groups_make_nothing_alike():
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(8), 3)

    def representation():
        x = np.repeat(rng.standard_normal((8, 20)), 3, axis=0) + 0.1 * rng.standard_normal((24, 20))
        return x @ x.T

    pairs = [(representation(), representation()) for _ in range(300)]
    with_groups = np.array([unbiased_hsic(*pair, units).value for pair in pairs])
    without = np.array([unbiased_hsic(*pair, np.arange(24)).value for pair in pairs])
    assert abs(with_groups.mean()) < 3 * with_groups.std() / np.sqrt(300)
    assert without.mean() > 10 * without.std() / np.sqrt(300)


def test_too_few_units_are_undefined():
    assert np.isnan(unbiased_hsic(gram(0, 3), gram(1, 3), np.arange(3)).value)
    four = unbiased_hsic(gram(0, 4), gram(1, 4), np.arange(4))
    assert np.isfinite(four.value)
    assert np.isnan(four.without).all()
