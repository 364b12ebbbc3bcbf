"""Pairs of stimuli, as SciPy's squareform has them."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform

from brainrank.benchmark.types import condensed
from brainrank.benchmark.types.condensed import (
    condensed_rdm,
    pairs_among,
    pairs_in_blocks,
    pairs_of,
    restricted,
    square_rdm,
    stimuli_of_pairs,
)
from brainrank.benchmark.types.errors import InvalidDataError


@pytest.mark.parametrize("n", [2, 3, 17, 92])
def test_condensed_and_square_are_inverse_and_scipys(n: int) -> None:
    rdm = np.random.default_rng(n).random(n * (n - 1) // 2)
    square = square_rdm(rdm)
    np.testing.assert_array_equal(square, squareform(rdm))
    np.testing.assert_array_equal(condensed_rdm(square), squareform(square))
    first, second = pairs_of(n)
    np.testing.assert_array_equal(square[first, second], rdm)
    assert stimuli_of_pairs(rdm.size) == n


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


@pytest.mark.parametrize("size", [1, 7, 30, 10_000])
def test_blocks_have_all_pairs_once_in_order(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condensed, "BLOCK_PAIRS", size)
    for n in (2, 3, 12):
        blocks = list(pairs_in_blocks(n))
        first, second = np.triu_indices(n, k=1)
        np.testing.assert_array_equal(np.concatenate([block.first for block in blocks]), first)
        np.testing.assert_array_equal(np.concatenate([block.second for block in blocks]), second)
        np.testing.assert_array_equal(
            np.concatenate([np.arange(66)[block.place] for block in blocks]), range(len(first))
        )
        assert all(len(block.first) <= max(size, n - 1) for block in blocks)


@pytest.mark.parametrize("size", [5, 10_000])
def test_rdms_among_some_stimuli_in_any_order(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condensed, "BLOCK_PAIRS", size)
    rdms = np.random.default_rng(0).random((3, 12 * 11 // 2))
    for stimuli in (np.array([7, 2, 11, 0]), np.arange(12)[::-1], np.array([3])):
        expected = [squareform(squareform(rdm)[np.ix_(stimuli, stimuli)]) for rdm in rdms]
        np.testing.assert_array_equal(restricted(rdms, stimuli), expected)
