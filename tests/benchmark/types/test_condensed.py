"""Pairs of stimuli, as SciPy's squareform has them."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform

from brainrank.benchmark.types.condensed import condensed_rdm, pairs_among, pairs_of, square_rdm, stimuli_of_pairs
from brainrank.benchmark.types.errors import InvalidDataError


@pytest.mark.parametrize("n", [2, 3, 17, 92])
def test_condensed_and_square_are_inverse_and_scipys(n: int) -> None:
    condensed = np.random.default_rng(n).random(n * (n - 1) // 2)
    square = square_rdm(condensed)
    np.testing.assert_array_equal(square, squareform(condensed))
    np.testing.assert_array_equal(condensed_rdm(square), squareform(square))
    first, second = pairs_of(n)
    np.testing.assert_array_equal(square[first, second], condensed)
    assert stimuli_of_pairs(condensed.size) == n


@pytest.mark.parametrize("n_pairs", [0, 2, 4, 5, 4185])
def test_what_no_number_of_stimuli_has_is_refused(n_pairs: int) -> None:
    with pytest.raises(InvalidDataError, match=f"{n_pairs} pairs are no condensed RDM"):
        stimuli_of_pairs(n_pairs)


def test_pairs_among_some_stimuli_in_any_order() -> None:
    rng = np.random.default_rng(0)
    rdm = rng.random(12 * 11 // 2)
    for kept in (np.array([7, 2, 11, 0]), np.arange(12)[::-1], np.array([3])):
        square = squareform(rdm)[np.ix_(kept, kept)]
        np.testing.assert_array_equal(rdm[pairs_among(kept, 12)], squareform(square))
