import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from scipy.spatial.distance import pdist

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.rdms import rdm
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features, rdm_from_gram, undefined_stimuli
from brainrank.benchmark.types import condensed
from brainrank.benchmark.types.condensed import restricted, square_rdm
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError


def from_gram(features, dissimilarity):
    return rdm_from_gram(layer_gram("", features.astype(np.float64)), dissimilarity)


@pytest.mark.parametrize("dissimilarity", Dissimilarity)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 9), p=st.integers(2, 30), offset=st.floats(-20, 20))
@settings(max_examples=25, deadline=None)
def test_equals_scipy_from_features_and_from_the_gram_matrix(dissimilarity, seed, n, p, offset):
    features = np.random.default_rng(seed).normal(offset, 1, (n, p))
    squared = dissimilarity in (Dissimilarity.EUCLIDEAN, Dissimilarity.CROSSNOBIS)
    expected = pdist(features, "sqeuclidean" if squared else dissimilarity.value) / (p if squared else 1)
    np.testing.assert_allclose(rdm_from_features(features, dissimilarity), expected, atol=1e-12)
    np.testing.assert_allclose(from_gram(features, dissimilarity), expected, atol=1e-9)


@pytest.mark.parametrize("dissimilarity", [Dissimilarity.CORRELATION, Dissimilarity.EUCLIDEAN])
def test_equals_rsatoolbox(dissimilarity):
    features = np.random.default_rng(0).normal(size=(12, 40))
    expected = calc_rdm(Dataset(features), method=dissimilarity.value).get_vectors()[0]
    np.testing.assert_allclose(rdm_from_features(features, dissimilarity), expected, atol=1e-12)


@pytest.mark.parametrize("dissimilarity", Dissimilarity)
def test_blocks_of_features_and_float32(dissimilarity, monkeypatch):
    features = np.random.default_rng(0).normal(3, 1, (15, 1000))
    whole = rdm_from_features(features, dissimilarity)
    monkeypatch.setattr(rdm, "_BLOCK_FEATURES", 64)
    np.testing.assert_allclose(rdm_from_features(features, dissimilarity), whole, rtol=1e-12)
    single = rdm_from_features(features.astype(np.float32), dissimilarity)
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, whole, atol=3e-6)


def test_large_means_do_not_cancel_in_float32():
    rng = np.random.default_rng(1)
    features = (1000 + rng.normal(size=(6, 500))).astype(np.float32)
    for dissimilarity in (Dissimilarity.CORRELATION, Dissimilarity.EUCLIDEAN):
        expected = rdm_from_features(features.astype(np.float64), dissimilarity)
        np.testing.assert_allclose(rdm_from_features(features, dissimilarity), expected, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, 7.3, -1e6])
def test_constant_row_has_no_correlation(value):
    features = np.random.default_rng(0).normal(size=(5, 11))
    features[2] = value
    for distances in (
        rdm_from_features(features, Dissimilarity.CORRELATION),
        rdm_from_features(features.astype(np.float32), Dissimilarity.CORRELATION),
        from_gram(features, Dissimilarity.CORRELATION),
    ):
        assert undefined_stimuli(distances) == (2,)
        assert np.isnan(distances).sum() == 4
    assert undefined_stimuli(rdm_from_features(features, Dissimilarity.EUCLIDEAN)) == ()
    expected = (2,) if value == 0 else ()
    assert undefined_stimuli(rdm_from_features(features, Dissimilarity.COSINE)) == expected
    assert undefined_stimuli(from_gram(features, Dissimilarity.COSINE)) == expected


def test_invariances():
    features = np.random.default_rng(0).normal(size=(7, 20))
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(20, 20)))[0]
    for dissimilarity in (Dissimilarity.EUCLIDEAN, Dissimilarity.COSINE):
        plain = rdm_from_features(features, dissimilarity)
        np.testing.assert_allclose(rdm_from_features(features @ rotation, dissimilarity), plain, atol=1e-12)
    plain = rdm_from_features(features, Dissimilarity.CORRELATION)
    np.testing.assert_allclose(rdm_from_features(3 * features - 8, Dissimilarity.CORRELATION), plain, atol=1e-12)


def test_identical_stimuli_are_at_zero_never_below():
    features = np.repeat(np.random.default_rng(0).normal(size=(3, 50)), 2, axis=0)
    for dissimilarity in Dissimilarity:
        distances = square_rdm(rdm_from_features(features, dissimilarity))
        assert (distances >= 0).all()
        assert distances[0, 1] == pytest.approx(0, abs=1e-14)


def test_what_is_no_rdm():
    with pytest.raises(InvalidDataError, match="at least 2 stimuli"):
        rdm_from_features(np.ones((1, 3)), Dissimilarity.COSINE)


@pytest.mark.parametrize("dissimilarity", Dissimilarity)
def test_some_stimuli_and_blocks_of_pairs_to_the_last_bit(dissimilarity, monkeypatch):
    features = np.random.default_rng(3).normal(1, 1, (20, 30))
    features[4] = 0
    whole, some = from_gram(features, dissimilarity), np.array([2, 4, 5, 11, 18, 19])
    among = rdm_from_gram(layer_gram("", features), dissimilarity, some)
    np.testing.assert_array_equal(among, restricted(whole[None], some)[0])
    monkeypatch.setattr(condensed, "BLOCK_PAIRS", 25)
    np.testing.assert_array_equal(from_gram(features, dissimilarity), whole)
    assert undefined_stimuli(whole) == (() if "euclid" in dissimilarity or "nobis" in dissimilarity else (4,))
