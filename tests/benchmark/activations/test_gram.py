"""Gram matrices by blocks, in memory and spilled, against the direct product in float64."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.activations.budget import waiting_rows
from brainrank.benchmark.activations.gram import FLOAT64_STIMULI, gram_of_blocks, layer_gram
from brainrank.benchmark.activations.spill import RowsInMemory, SpilledRows


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 300), st.integers(1, 20_000), st.integers(0, 2**32 - 1))
def test_the_gram_matrix_is_the_direct_product(n_stimuli: int, n_features: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = np.maximum(rng.standard_normal((n_stimuli, n_features)), 0).astype(np.float32)
    exact = features.astype(np.float64)
    found = layer_gram("layer", features)
    tolerance = 1e-12 if n_stimuli <= FLOAT64_STIMULI else 1e-5
    lengths = np.sqrt((exact**2).sum(axis=1))
    assert (np.abs(found.gram - exact @ exact.T) <= tolerance * np.outer(lengths, lengths) + 1e-300).all()
    np.testing.assert_array_equal(found.gram, found.gram.T)
    np.testing.assert_allclose(found.row_sums, exact.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("n_stimuli", [40, 300])
def test_spilled_rows_come_back_whatever_order_they_were_written_in(n_stimuli: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sizes = {"small": 3_000, "odd": 70_001, "one": 1, "even": 16_384}
    features = {layer: rng.standard_normal((n_stimuli, size), dtype=np.float32) for layer, size in sizes.items()}
    budget = 12 * n_stimuli**2 + n_stimuli * 16 * 16_384 + 3 * 10 * 4 * 81_920 + 4 * n_stimuli * 3_100
    with waiting_rows(sizes, n_stimuli, batch_size=10, memory_bytes=budget, folder=tmp_path) as places:
        kinds = {layer: type(place) for layer, place in places.items()}
        assert (kinds["one"], kinds["odd"]) == (RowsInMemory, SpilledRows)
        for start in [*range(0, n_stimuli, 10)[::-1], 0]:
            for layer, place in places.items():
                place.write(start, features[layer][start : start + 10])
        for layer, place in places.items():
            back = np.concatenate([block.copy() for block in place.blocks()], axis=1)
            np.testing.assert_array_equal(back, features[layer])
            found = gram_of_blocks(layer, place.blocks(), n_stimuli)
            np.testing.assert_allclose(found.gram, layer_gram(layer, features[layer]).gram, rtol=1e-4, atol=1e-3)
            assert found.n_features == sizes[layer]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_shows_in_the_row_sums_without_a_warning(value: float) -> None:
    features = np.ones((5, 20), np.float32)
    features[3, 7] = value
    assert list(np.flatnonzero(~np.isfinite(layer_gram("layer", features).row_sums))) == [3]
