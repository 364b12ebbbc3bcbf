"""Gram matrices added up while features pass, in one block and in turns, against products in float64."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.activations.device_gram import Blocks, DeviceFeatures, DeviceGram, DeviceLayer
from brainrank.benchmark.activations.gram import layer_gram, narrow_layer
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.statistics.centred_gram import FLOAT64_STIMULI
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.dissimilarity import Dissimilarity

CPU, BATCH = torch.device("cpu"), 8


def turns(made: DeviceLayer, features: NDArray[np.float32], blocks: Blocks) -> LayerGram:
    """Pass the features batch by batch, from each block on, as a forward pass does."""
    n_stimuli = len(features)
    for first in range(0, n_stimuli, blocks.held):
        made.begin(first)
        starts = [*range(first, n_stimuli, BATCH)]
        for start, end in zip(starts, [*starts[1:], n_stimuli], strict=True):
            made.take(start, torch.from_numpy(features[start:end]))
            made.passed(end)
    return made.whole("layer")


def gram(features: NDArray[np.float32], blocks: Blocks, *, precision: str = "float32") -> LayerGram:
    made = DeviceGram(*features.shape, blocks=blocks, device=CPU, precision=precision)
    return turns(made, features, blocks)


def apart(found: LayerGram, features: Float[ndarray, "stimuli features"]) -> float:
    """The largest difference from the exact product, of the length of the centred rows."""
    exact = features.astype(np.float64)
    exact -= exact.mean(axis=0)
    lengths = np.linalg.norm(exact, axis=1)
    return float((np.abs(found.gram - exact @ exact.T) / (lengths.max() ** 2)).max())


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 300),
    st.integers(1, 3_000),
    st.integers(0, 2**32 - 1),
    st.floats(-1e4, 1e4),
    st.sampled_from([0, 8, 64]),
)
def test_matrix_and_vectors_are_those_of_the_exact_features(
    n_stimuli: int, n_features: int, seed: int, offset: float, held: int
) -> None:
    rng = np.random.default_rng(seed)
    features = (np.maximum(rng.standard_normal((n_stimuli, n_features)), 0) + offset).astype(np.float32)
    exact = features.astype(np.float64)
    centred, means = exact - exact.mean(axis=0), exact.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=1))
    blocks = Blocks(held, 16) if 0 < held < n_stimuli else Blocks(n_stimuli, 0)
    found = gram(features, blocks)
    # Turns hold what is centred in float32, by up to FLOAT64_STIMULI stimuli too.
    tolerance = 1e-12 if n_stimuli <= FLOAT64_STIMULI and not blocks.later else 2e-6
    np.testing.assert_allclose(found.gram, centred @ centred.T, atol=tolerance * lengths.max() ** 2 + 1e-300)
    np.testing.assert_array_equal(found.gram, found.gram.T)
    longest = 1e-5 * (lengths.max() + 1e-300) * math.sqrt(n_features)
    np.testing.assert_allclose(found.row_sums, centred.sum(axis=1), atol=longest)
    assert found.mean == pytest.approx(means.mean(), rel=1e-6, abs=1e-9)
    between = means - means.mean()
    np.testing.assert_allclose(found.mean_products, centred @ between, atol=longest * (np.abs(between).max() + 1e-3))
    within = exact - exact.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found.row_powers, (within**2).sum(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.row_lengths, (exact**2).sum(axis=1), rtol=1e-4)


@pytest.mark.parametrize("blocks", [Blocks(600, 0), Blocks(64, 16), Blocks(400, 16), Blocks(592, 16)])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_many_stimuli_come_as_near_as_on_the_cpu(blocks: Blocks, offset: float) -> None:
    rng = np.random.default_rng(0)
    features = (np.maximum(rng.standard_normal((600, 40_000)), 0) + offset).astype(np.float32)
    features[9], features[100] = offset + 2, features[5]
    found, reference = gram(features, blocks), layer_gram("layer", features)
    assert max(apart(found, features), apart(reference, features)) < 1e-6
    assert found.row_powers[9] == 0
    for kind in Dissimilarity:
        one, other = (rdm_from_gram(each, kind) for each in (found, reference))
        known = np.isfinite(other)
        np.testing.assert_array_equal(np.isfinite(one), known)
        np.testing.assert_allclose(one[known], other[known], atol=1e-5 * max(1.0, float(np.abs(other[known]).max())))
    np.testing.assert_array_equal(found.gram, found.gram.astype(np.float32))  # as it is stored


@pytest.mark.parametrize("blocks", [Blocks(300, 0), Blocks(16, 16)])
def test_a_stimulus_at_the_mean_of_all_has_no_negative_length(blocks: Blocks) -> None:
    half = np.random.default_rng(0).standard_normal((149, 700)).astype(np.float32)
    features = np.concatenate([half, -half, np.zeros((2, 700), np.float32)])  # the last two are the mean
    found = gram(features, blocks)
    assert found.gram.diagonal().min() >= 0
    assert found.gram.diagonal()[-2:].max() < 1e-6 * found.gram.max()


def test_rows_taken_again_replace_those_of_a_batch_that_failed() -> None:
    features = np.random.default_rng(0).standard_normal((40, 100)).astype(np.float32)
    blocks = Blocks(16, 16)
    made = DeviceGram(40, 100, blocks=blocks, device=CPU, precision="float32")
    for first in range(0, 40, 16):
        made.begin(first)
        for start in range(first, 40, 8):
            made.take(start, torch.full((8, 100), torch.nan))  # and there memory ran out: it passes in halves
            for half in (start, start + 4):
                made.take(half, torch.from_numpy(features[half : half + 4]))
                made.passed(half + 4)
    np.testing.assert_array_equal(made.whole("layer").gram, gram(features, blocks).gram)


@pytest.mark.parametrize("blocks", [Blocks(300, 0), Blocks(64, 16)])
def test_a_row_that_is_not_finite_is_told_from_the_others(blocks: Blocks) -> None:
    features = np.random.default_rng(0).standard_normal((300, 500)).astype(np.float32)
    features[3, 7], features[250, 9] = np.nan, np.inf
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(gram(features, blocks).row_sums)), [3, 250])


@pytest.mark.parametrize("blocks", [Blocks(600, 0), Blocks(400, 16)])
def test_in_bf16_the_factors_are_rounded_and_the_sums_are_not(blocks: Blocks) -> None:
    """Each of p factors is off by 2^-8 at most, a product by some 2^-8 / sqrt(p); of rows in bf16 likewise."""
    features = np.random.default_rng(0).standard_normal((600, 20_000)).astype(np.float32)
    most = 8 * 2**-8 / math.sqrt(20_000)
    assert 1e-6 < apart(gram(features, blocks, precision="bf16"), features) < most
    rounded = torch.from_numpy(features).bfloat16()
    held = DeviceGram(*features.shape, blocks=blocks, device=CPU, precision="bf16", row_type=torch.bfloat16)
    assert apart(turns(held, rounded.float().numpy(), blocks), rounded.float().numpy()) < most


def test_a_layer_of_few_features_stays_features() -> None:
    features = np.random.default_rng(0).standard_normal((30, 12)).astype(np.float32)
    found = turns(DeviceFeatures(30, 12, device=CPU), features, Blocks(16, 8))
    assert found.features is not None
    np.testing.assert_array_equal(found.features, features)
    np.testing.assert_array_equal(found.gram, narrow_layer("layer", features).gram)
