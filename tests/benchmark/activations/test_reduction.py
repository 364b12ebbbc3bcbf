"""Fewer features of a layer: sparse random projections against scikit-learn's, and units drawn at random."""

from pathlib import Path

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from scipy.sparse import csr_array
from scipy.spatial.distance import pdist
from sklearn.random_projection import SparseRandomProjection
from torch import nn

from brainrank.benchmark.activations.extract import extract, features
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.reduction import UNITS, Reduction, reduced
from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

N_STIMULI = 40


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, N_STIMULI, (40, 40))


def forward(stimuli: StimulusSet, reduction: Reduction, *layers: str) -> ForwardPass:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 16, 3), nn.AdaptiveAvgPool2d(2)).eval()
    return ForwardPass(
        network,
        stimuli,
        layers=layers,
        preprocessing=Preprocessing(size=(40, 40)),
        pooling="flatten",
        device=torch.device("cpu"),
        reduction=reduction,
    )


def matrix_of(n_features: int, n_stimuli: int) -> csr_array:
    """The projection's matrix, from what it does to each feature by itself."""
    found = reduced(Reduction.PROJECTION, n_features, n_stimuli)
    return csr_array(found.of(np.eye(n_features, dtype=np.float32)))


def test_projections_are_as_scikit_learns_in_size_density_and_distribution() -> None:
    n_features = 4_000
    peer = SparseRandomProjection(eps=0.1, random_state=0).fit(csr_array((N_STIMULI, n_features))).components_
    found = matrix_of(n_features, N_STIMULI)
    assert found.shape == peer.T.shape
    np.testing.assert_allclose(np.unique(np.abs(found.data)), np.unique(np.abs(peer.data)), rtol=1e-6)
    assert found.nnz == pytest.approx(peer.nnz, rel=0.02)
    assert (found.data > 0).mean() == pytest.approx(0.5, abs=0.01)
    per_feature = np.bincount(found.nonzero()[0], minlength=n_features)
    assert per_feature.var() == pytest.approx(per_feature.mean(), rel=0.1)  # as drawn one by one


def test_projections_keep_distances_and_products() -> None:
    rng = np.random.default_rng(1)
    x = (rng.standard_normal((N_STIMULI, 30)) @ rng.standard_normal((30, 20_000))).astype(np.float32)
    projected = reduced(Reduction.PROJECTION, 20_000, N_STIMULI).of(x)
    assert projected.dtype == np.float32
    ratio = pdist(projected, "sqeuclidean") / pdist(x, "sqeuclidean")
    assert 0.9 < ratio.min() < ratio.max() < 1.1
    assert ratio.mean() == pytest.approx(1, abs=0.03)
    one, other = (layer_gram("x", each).gram for each in (x, projected))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.995


def test_a_layer_of_few_features_keeps_them() -> None:
    x = np.random.default_rng(0).standard_normal((5, UNITS)).astype(np.float32)
    for reduction in Reduction:
        found = reduced(reduction, UNITS, N_STIMULI)
        assert found.columns == UNITS
        np.testing.assert_array_equal(found.of(x), x)


def test_units_are_drawn_without_replacement_and_the_same_for_all() -> None:
    found = reduced(Reduction.UNITS, 5_000, N_STIMULI)
    (drawn,) = found.of(np.arange(5_000, dtype=np.float32)[None])
    assert len(set(drawn)) == found.columns == UNITS
    np.testing.assert_array_equal(drawn, reduced(Reduction.UNITS, 5_000, 7).of(np.arange(5_000.0)[None])[0])


@pytest.mark.parametrize("memory", [2**30, 33_000_000])
def test_a_forward_pass_leaves_what_reducing_its_features_leaves(
    stimuli: StimulusSet, tmp_path: Path, memory: int
) -> None:
    tight = Extraction(memory_bytes=memory)
    (whole,) = features(forward(stimuli, Reduction.NONE, "0"), reporter=Silent())
    n_features = whole.values.shape[1]
    assert n_features == 16 * 38 * 38
    for reduction in (Reduction.PROJECTION, Reduction.UNITS):
        by_hand = reduced(reduction, n_features, N_STIMULI)
        asked = forward(stimuli, reduction, "0", "1")
        values = [each.values for each in features(asked, reporter=Silent(), extraction=tight, spill_folder=tmp_path)]
        assert [each.shape for each in values] == [(N_STIMULI, by_hand.columns), (N_STIMULI, 64)]
        np.testing.assert_array_equal(values[0], by_hand.of(whole.values))
        grams = list(extract(asked, reporter=Silent(), extraction=tight, spill_folder=tmp_path))
        np.testing.assert_allclose(grams[0].gram, layer_gram("0", values[0]).gram, rtol=1e-6, atol=1e-9)


def test_the_matrix_of_a_projection_is_counted_in_the_memory_budget(stimuli: StimulusSet) -> None:
    asked = forward(stimuli, Reduction.PROJECTION, "0")
    with pytest.raises(UserError, match="--memory"):
        list(extract(asked, reporter=Silent(), extraction=Extraction(memory_bytes=4_000_000)))
