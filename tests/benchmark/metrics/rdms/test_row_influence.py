"""Many rows at once, against the same row by row, whose derivatives test_stimulus_influence.py checks."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.rdms import row_influence
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.pair_influence import OF_PAIRS
from brainrank.benchmark.metrics.rdms.row_influence import (
    Units,
    compared_values,
    rows_against_models,
    rows_against_rows,
    similarity_of_rows,
)
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence

N = 24
UNITS = {
    "each its own": np.arange(N),
    "pairs": np.repeat(np.arange(N // 2), 2),
    "uneven": np.array([0] * 10 + list(range(1, 15))),
}


def rows(count: int, *, ties: bool) -> np.ndarray:
    found = np.random.default_rng(count).random((count, N * (N - 1) // 2))
    return np.round(4 * found) if ties else found


@pytest.mark.parametrize("comparator", OF_PAIRS)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("units", UNITS.values(), ids=UNITS)
def test_influences_are_those_of_single_rdms(monkeypatch, comparator, ties, units):
    monkeypatch.setattr(row_influence, "ELEMENTS_AT_ONCE", 3 * N * N)
    models, brains = rows(2, ties=ties), rows(9, ties=ties)
    brains[3] = 0.5
    expected = similarity_influence(models, brains, units, comparator)
    found = rows_against_models(models, brains, Units.of_pairs(units), comparator)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-12)
    varies = np.arange(len(brains)) != 3
    np.testing.assert_allclose(found.influence[:, varies], expected.influence[:, varies], atol=1e-12)
    undefined = np.isnan(compare(models, brains, comparator))
    assert np.array_equal(np.isnan(found.values), undefined)


@pytest.mark.parametrize("comparator", OF_PAIRS)
def test_rows_are_compared_with_their_counterparts(comparator):
    first, second = rows(5, ties=False), rows(6, ties=False)[:5]
    units = Units.of_pairs(np.arange(N))
    found = rows_against_rows(first, second, units, comparator)
    expected = np.diagonal(compare(first, second, comparator))
    np.testing.assert_allclose(found.values[0], expected, atol=1e-12)
    values = (compared_values(each, comparator) for each in (first, second))
    np.testing.assert_allclose(similarity_of_rows(*values, comparator), expected, atol=1e-12)


def test_a_contrast_is_its_own_unit():
    models, brains, step = rows(1, ties=False)[:, :40], rows(3, ties=False)[:, :40], 1e-5
    found = rows_against_models(models, brains, Units.of_elements(40), Comparator.CORR)

    def weighted(weights: np.ndarray) -> np.ndarray:
        x, y = (each - np.average(each, axis=1, weights=weights)[:, None] for each in (models, brains))
        norm = np.sqrt((weights * x**2).sum(axis=1) * (weights * y**2).sum(axis=1))
        return np.asarray((weights * x * y).sum(axis=1) / norm)

    for element in (0, 7, 39):
        more, less = (weighted(1 + sign * step * (np.arange(40) == element)) for sign in (1, -1))
        np.testing.assert_allclose(found.influence[0, :, element], (more - less) / (2 * step), atol=1e-7)
