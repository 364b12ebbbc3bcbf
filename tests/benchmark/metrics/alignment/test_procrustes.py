import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

from brainrank.benchmark.metrics.alignment.procrustes import root, shape_similarity


def features(seed: int, n: int = 8, p: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 1, (n, p))


def similar(x: np.ndarray, y: np.ndarray, units: np.ndarray | None = None):
    return shape_similarity(root(x @ x.T), root(y @ y.T), np.arange(len(x)) if units is None else units)


@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 12), q=st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_angle_equals_the_best_rotation_of_the_features(seed, p, q):
    x, y = features(seed, p=p), features(seed + 1, p=q)
    padded = [np.pad(each - each.mean(axis=0), ((0, 0), (0, 12 - each.shape[1]))) for each in (x, y)]
    rotation, _ = orthogonal_procrustes(*padded)
    turned = padded[0] @ rotation
    cosine = (turned * padded[1]).sum() / np.linalg.norm(turned) / np.linalg.norm(padded[1])
    assert similar(x, y).value == pytest.approx(1 - np.arccos(min(cosine, 1)) / (np.pi / 2), abs=1e-6)


def test_rotation_offset_and_size_do_not_matter():
    x, y = features(0), features(1)
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    assert similar(x, 3 * x @ rotation + 7).value == pytest.approx(1, abs=1e-6)
    assert similar(3 * x @ rotation + 7, y).value == pytest.approx(similar(x, y).value, abs=1e-9)


def test_one_less_the_similarity_is_a_metric():
    distance = np.array([[1 - similar(features(a), features(b)).value for b in range(5)] for a in range(5)])
    np.testing.assert_allclose(distance, distance.T, atol=1e-9)
    for middle in range(5):
        assert (distance <= distance[:, middle, None] + distance[middle] + 1e-9).all()


@pytest.mark.parametrize("units", [np.arange(9), np.array([0, 0, 1, 2, 2, 2, 3, 4, 5])])
def test_influence_is_the_slope_in_a_units_weight(units):
    x, y = features(0, 9), features(1, 9, 4)

    def weighted(weights: np.ndarray) -> float:
        centred = [each - weights @ each / weights.sum() for each in (x, y)]
        nuclear = np.linalg.norm((centred[0] * weights[:, None]).T @ centred[1], "nuc")
        lengths = np.prod([(weights @ each**2).sum() for each in centred])
        return 1 - np.arccos(nuclear / np.sqrt(lengths)) / (np.pi / 2)

    step = 1e-6
    slopes = [(weighted(1 + step * (units == u)) - weighted(1 - step * (units == u))) / (2 * step) for u in set(units)]
    np.testing.assert_allclose(similar(x, y, units).influence, slopes, atol=1e-7)


def test_a_representation_that_does_not_vary_has_no_similarity():
    constant = np.ones((5, 3))
    assert np.isnan(similar(constant, features(0, 5)).value)
    assert np.isnan(similar(features(0, 5), constant).influence).all()
