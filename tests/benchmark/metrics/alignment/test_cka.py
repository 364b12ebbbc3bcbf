import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.metrics.alignment.cka import debiased_cka, linear_cka
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError


def features(seed: int, n: int = 12, p: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 1, (n, p))


def gram(x: np.ndarray) -> np.ndarray:
    return x @ x.T


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 12), p=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_linear_cka_equals_its_feature_form_and_cosine_cov(seed, n, p):
    x, y = features(seed, n, p), features(seed + 1, n, 7)
    centred_x, centred_y = x - x.mean(axis=0), y - y.mean(axis=0)
    expected = np.linalg.norm(centred_x.T @ centred_y) ** 2 / (
        np.linalg.norm(centred_x.T @ centred_x) * np.linalg.norm(centred_y.T @ centred_y)
    )
    value = linear_cka(gram(x), gram(y)).value
    assert value == pytest.approx(expected, abs=1e-10)
    rdms = [rdm_from_features(f, Dissimilarity.EUCLIDEAN)[None] for f in (x, y)]
    assert value == pytest.approx(compare(*rdms, Comparator.COSINE_COV)[0, 0], abs=1e-9)


def test_debiased_hsic_equals_the_sum_over_quadruples():
    # The U-statistic itself: mean over distinct i, j, q, r of K_ij (L_ij + L_qr - 2 L_iq).
    from itertools import permutations

    def hsic(k, m):
        return np.mean([k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in permutations(range(len(k)), 4)])

    k, m = gram(features(0, 7, 5)), gram(features(1, 7, 4))
    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert debiased_cka(k, m).value == pytest.approx(expected, abs=1e-12)


def test_invariances():
    x, y = features(0), features(1)
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(30, 30)))[0]
    for metric in (linear_cka, debiased_cka):
        value = metric(gram(x), gram(y)).value
        assert metric(gram(3 * x @ rotation + 5), gram(y)).value == pytest.approx(value, abs=1e-9)
        assert metric(gram(y), gram(x)).value == pytest.approx(value, abs=1e-12)
        assert metric(gram(x), gram(x)).value == pytest.approx(1)


def test_independent_representations_are_unrelated_only_without_the_bias():
    pairs = [(gram(features(2 * i, 20, 500)), gram(features(2 * i + 1, 20, 500))) for i in range(40)]
    assert np.mean([linear_cka(*pair).value for pair in pairs]) > 0.9
    assert abs(np.mean([debiased_cka(*pair).value for pair in pairs])) < 0.03


def test_undefined_and_invalid():
    same = gram(np.tile(features(0, 1, 4), (6, 1)))
    for metric in (linear_cka, debiased_cka):
        for grams in ((same, gram(features(1, 6))), (gram(features(1, 6)), same)):
            alignment = metric(*grams)
            assert np.isnan(alignment.value)
            assert "representation" in alignment.reason
        with pytest.raises(InvalidDataError, match="NaN"):
            metric(np.full((5, 5), np.nan), same[:5, :5])
    with pytest.raises(InvalidDataError, match="at least 4"):
        debiased_cka(same[:3, :3], same[:3, :3])
