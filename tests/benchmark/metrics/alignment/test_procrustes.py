import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

from brainrank.benchmark.metrics.alignment.procrustes import procrustes
from brainrank.benchmark.types.errors import InvalidDataError


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 12), p=st.integers(1, 20), q=st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_equals_scipy_on_the_features(seed, n, p, q):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 1, (n, p)), rng.normal(-1, 2, (n, q))
    width = max(p, q)
    padded_x, padded_y = (np.pad(f - f.mean(axis=0), ((0, 0), (0, width - f.shape[1]))) for f in (x, y))
    rotation, nuclear = orthogonal_procrustes(padded_x, padded_y)
    result = procrustes(x @ x.T, y @ y.T)
    # The square root of a difference: 1e-15 of the squares is 1e-7 of a distance near zero.
    assert result.distance == pytest.approx(np.linalg.norm(padded_x @ rotation - padded_y), abs=1e-6)
    cosine = nuclear / (np.linalg.norm(padded_x) * np.linalg.norm(padded_y))
    assert np.cos(result.angle) == pytest.approx(min(cosine, 1), abs=1e-9)


def test_a_rotated_shifted_copy_is_at_zero_and_its_multiple_at_angle_zero():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10, 6))
    copy = x @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + 3
    assert procrustes(x @ x.T, copy @ copy.T).distance == pytest.approx(0, abs=1e-6)
    twice = procrustes(x @ x.T, 4 * x @ x.T)
    assert twice.angle == pytest.approx(0, abs=1e-6)
    assert twice.distance == pytest.approx(np.linalg.norm(x - x.mean(axis=0)))


def test_angle_is_a_metric():
    rng = np.random.default_rng(1)
    grams = [f @ f.T for f in rng.normal(size=(3, 9, 5))]
    angle = np.array([[procrustes(a, b).angle for b in grams] for a in grams])
    np.testing.assert_allclose(angle, angle.T, atol=1e-9)
    assert angle[0, 2] <= angle[0, 1] + angle[1, 2]


def test_undefined_and_invalid():
    constant, other = np.ones((5, 5)), np.eye(5)
    result = procrustes(constant, other)
    assert result.distance == pytest.approx(2)  # |H| = sqrt(4)
    assert np.isnan(result.angle)
    assert "same for all stimuli" in result.reason
    with pytest.raises(InvalidDataError, match="finite"):
        procrustes(np.full((5, 5), np.nan), other)
