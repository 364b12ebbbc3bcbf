"""Centred Gram matrices by blocks, in memory and spilled, against the direct product in float64."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.activations.budget import plan_rows, waiting_rows
from brainrank.benchmark.activations.gram import gram_of_blocks, layer_gram
from brainrank.benchmark.activations.spill import RowsInMemory, SpilledRows
from brainrank.benchmark.statistics.centred_gram import FLOAT64_STIMULI


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 300), st.integers(1, 20_000), st.integers(0, 2**32 - 1), st.floats(-1e4, 1e4))
def test_the_gram_matrix_is_the_product_of_centred_features(
    n_stimuli: int, n_features: int, seed: int, offset: float
) -> None:
    rng = np.random.default_rng(seed)
    features = (np.maximum(rng.standard_normal((n_stimuli, n_features)), 0) + offset).astype(np.float32)
    exact = features.astype(np.float64)
    found = layer_gram("layer", features)
    tolerance = 1e-12 if n_stimuli <= FLOAT64_STIMULI else 1e-5
    centred, means = exact - exact.mean(axis=0), exact.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=1))
    np.testing.assert_allclose(found.gram, centred @ centred.T, atol=tolerance * lengths.max() ** 2 + 1e-300)
    np.testing.assert_array_equal(found.gram, found.gram.T)
    longest = tolerance * (lengths.max() + 1e-300) * math.sqrt(n_features)
    np.testing.assert_allclose(found.row_sums, centred.sum(axis=1), atol=longest)
    # In single precision, as sums are from then on: hypothesis found a mean of 514 numbers 1.4e-6 off.
    assert found.mean == pytest.approx(means.mean(), rel=max(tolerance, 1e-6), abs=1e-12)
    apart = means - means.mean()
    np.testing.assert_allclose(found.mean_products, centred @ apart, atol=longest * (np.abs(apart).max() + 1))
    within = exact - exact.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found.row_powers, (within**2).sum(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.row_lengths, (exact**2).sum(axis=1), rtol=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_a_stimulus_at_the_mean_of_all_has_no_negative_length(seed: int) -> None:
    """Who reads matrices of a stranger's process refuses one that has a squared length below 0."""
    half = np.random.default_rng(seed).standard_normal((149, 700)).astype(np.float32)
    found = layer_gram("layer", np.concatenate([half, -half, np.zeros((2, 700), np.float32)]))
    assert found.gram.diagonal().min() >= 0
    assert found.gram.diagonal()[-2:].max() < 1e-9 * found.gram.max()


@pytest.mark.parametrize("n_stimuli", [40, 300])
def test_spilled_rows_come_back_whatever_order_they_were_written_in(n_stimuli: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sizes = {"small": 3_000, "odd": 70_001, "one": 1, "even": 16_384}
    features = {layer: rng.standard_normal((n_stimuli, size), dtype=np.float32) + 1000 for layer, size in sizes.items()}
    budget = 12 * n_stimuli**2 + n_stimuli * 16 * 16_384 + 3 * 10 * 4 * 81_920 + 4 * n_stimuli * 3_100
    plan = plan_rows(sizes, n_stimuli, batch_size=10, memory_bytes=budget)
    with waiting_rows(sizes, n_stimuli, plan, folder=tmp_path) as places:
        kinds = {layer: type(place) for layer, place in places.items()}
        assert (kinds["one"], kinds["odd"]) == (RowsInMemory, SpilledRows)
        for start in [*range(0, n_stimuli, 10)[::-1], 0]:
            for layer, place in places.items():
                place.write(start, features[layer][start : start + 10])
        for layer, place in places.items():
            back = np.concatenate([block.copy() for block in place.blocks()], axis=1)
            np.testing.assert_array_equal(back, features[layer])
            found, expected = gram_of_blocks(layer, place.blocks(), n_stimuli), layer_gram(layer, features[layer])
            np.testing.assert_allclose(found.gram, expected.gram, atol=1e-5 * np.abs(expected.gram).max())
            np.testing.assert_allclose(found.row_powers, expected.row_powers, rtol=1e-5, atol=1e-9)
            assert found.n_features == sizes[layer]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("n_stimuli", [5, 300])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_does_not_vary_is_exactly_zero(n_stimuli: int, kind: type[np.floating]) -> None:
    same = layer_gram("layer", np.tile(np.random.default_rng(0).uniform(-1e6, 1e6, 700).astype(kind), (n_stimuli, 1)))
    assert not same.gram.any()
    assert not same.row_sums.any()
    assert same.row_powers.all()
    features = np.random.default_rng(1).normal(1e6, 1, (n_stimuli, 700)).astype(kind)
    features[1], features[2] = 0.1, 0
    found = layer_gram("layer", features)
    assert list(np.flatnonzero(found.row_powers == 0)) == [1, 2]
    assert list(np.flatnonzero(found.row_lengths == 0)) == [2]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_shows_in_the_row_sums_without_a_warning(value: float) -> None:
    features = np.ones((5, 20), np.float32)
    features[3, 7] = value
    found = layer_gram("layer", features)
    assert list(np.flatnonzero(~np.isfinite(found.row_sums))) == [3]
    assert np.isnan(found.gram[3]).all()
    assert np.isfinite(np.delete(np.delete(found.gram, 3, 0), 3, 1)).all()
