"""Linear and debiased CKA as the metrics have them, against features and the definitions."""

from itertools import permutations

import cka
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.alignment.centring import centred_gram
from brainrank.benchmark.metrics.cka import CkaMetric
from brainrank.benchmark.metrics.debiased_cka import DebiasedCkaMetric
from brainrank.benchmark.metrics.rdms.comparators import compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features


def features(seed: int, n: int = 12, p: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 1, (n, p))


def gram(x: np.ndarray) -> np.ndarray:
    return x @ x.T


def linear(x: np.ndarray, y: np.ndarray) -> float:
    metric = CkaMetric()
    rdms = [rdm_from_features(each, metric.dissimilarity)[None] for each in (x, y)]
    return float(compare(*rdms, metric.comparator)[0, 0])


def debiased(x: np.ndarray, y: np.ndarray) -> float:
    k, m = (layer_gram("layer", each).gram for each in (x, y))
    return DebiasedCkaMetric().similarity(k, m, np.arange(len(x))).value


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 12), p=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_linear_cka_equals_its_feature_form(seed, n, p):
    x, y = features(seed, n, p), features(seed + 1, n, 7)
    centred_x, centred_y = x - x.mean(axis=0), y - y.mean(axis=0)
    expected = np.linalg.norm(centred_x.T @ centred_y) ** 2 / (
        np.linalg.norm(centred_x.T @ centred_x) * np.linalg.norm(centred_y.T @ centred_y)
    )
    assert linear(x, y) == pytest.approx(expected, abs=1e-9)
    assert cka.linear_cka(gram(x), gram(y)) == pytest.approx(expected, abs=1e-10)


def test_debiased_hsic_equals_the_sum_over_quadruples():
    # The U-statistic itself: mean over distinct i, j, q, r of K_ij (L_ij + L_qr - 2 L_iq).
    def hsic(k, m):
        return np.mean([k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in permutations(range(len(k)), 4)])

    x, y = features(0, 7, 5), features(1, 7, 4)
    k, m = gram(x), gram(y)
    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert debiased(x, y) == pytest.approx(expected, abs=1e-12)
    assert cka.debiased_cka(k, m) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("similarity", [linear, debiased])
def test_invariances(similarity):
    x, y = features(0), features(1)
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(30, 30)))[0]
    value = similarity(x, y)
    assert similarity(3 * x @ rotation + 5, y) == pytest.approx(value, abs=1e-9)
    assert similarity(y, x) == pytest.approx(value, abs=1e-12)
    assert similarity(x, x) == pytest.approx(1)


def test_independent_representations_are_unrelated_only_without_the_bias():
    pairs = [(features(2 * i, 20, 500), features(2 * i + 1, 20, 500)) for i in range(40)]
    assert np.mean([linear(*pair) for pair in pairs]) > 0.9
    assert abs(np.mean([debiased(*pair) for pair in pairs])) < 0.03


@pytest.mark.parametrize("similarity", [linear, debiased])
def test_what_does_not_vary_or_is_not_finite_has_no_similarity(similarity):
    same, varying = np.tile(features(0, 1, 4), (6, 1)), features(1, 6)
    assert np.isnan(similarity(same, varying))
    assert np.isnan(similarity(varying, same))
    assert np.isnan(similarity(np.full((6, 3), np.nan), varying))


def test_of_three_stimuli_there_is_no_debiased_cka():
    assert np.isnan(debiased(features(0, 3), features(1, 3)))


def test_a_centred_gram_matrix_is_that_of_centred_features():
    x = features(0)
    centred = x - x.mean(axis=0)
    np.testing.assert_allclose(centred_gram(gram(x)), gram(centred), atol=1e-12)
    np.testing.assert_allclose(centred_gram(gram(x + 3)), gram(centred), atol=1e-10)
