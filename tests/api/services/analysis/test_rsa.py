"""RSA of one's own arrays: similarities are SciPy's, what has no RDM is named, intervals hold."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interval_check import check
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from brainrank.api.services.analysis.rsa import Named, analyse_rsa, model_rdm
from brainrank.benchmark.metrics.rdms import drawn_similarity
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.rdms import SubjectRdms

DRAWS = 60
BETWEEN = (-1.0, 1.0)
NAMES = Named("features.npy", "rdms.npz", "--dissimilarity euclidean")
seeds = st.integers(0, 2**31)
examples = settings(max_examples=25, deadline=None, derandomize=True, database=None)


def brain_of(n: int, subjects: int = 3) -> SubjectRdms:
    rdms = np.random.default_rng(1).random((subjects, n * (n - 1) // 2))
    return SubjectRdms(rdms, tuple(f"im{k}" for k in range(n)), tuple(f"s{k}" for k in range(subjects)))


def test_the_similarity_to_each_subject_is_scipys() -> None:
    x, brain = np.random.default_rng(0).standard_normal((9, 20)), brain_of(9)
    model = model_rdm(x, brain, Dissimilarity.CORRELATION, NAMES)
    np.testing.assert_allclose(model, pdist(x, "correlation"), atol=1e-12)
    found = analyse_rsa(model, brain, units=np.arange(9), comparator=Comparator.SPEARMAN, draws=DRAWS, seed=0)
    expected = [spearmanr(model, each).statistic for each in brain.rdms]
    np.testing.assert_allclose(found.similarity, expected)
    assert found.mean == pytest.approx(np.mean(expected))
    assert found.interval.low < found.mean < found.interval.high
    again = analyse_rsa(model, brain, units=np.arange(9), comparator=Comparator.SPEARMAN, draws=DRAWS, seed=0)
    assert again.interval == found.interval


def test_one_subject_has_no_ceiling_and_a_reason() -> None:
    brain = brain_of(6, subjects=1)
    found = analyse_rsa(brain.rdms[0], brain, units=np.arange(6), comparator=Comparator.CORR, draws=DRAWS, seed=0)
    assert found.mean == pytest.approx(1)
    assert np.isnan(found.ceiling.lower)
    assert found.ceiling.reason


@pytest.mark.parametrize(
    ("features", "n", "dissimilarity", "message"),
    [
        (np.eye(5), 6, Dissimilarity.CORRELATION, r"features\.npy has 5 stimuli and rdms\.npz has 6"),
        (np.eye(2), 2, Dissimilarity.EUCLIDEAN, "at least 3"),
        (np.ones((4, 3)), 4, Dissimilarity.CORRELATION, r"equal values only for stimulus im0, im1.*\(4 such stimuli\)"),
        (np.eye(4, 3), 4, Dissimilarity.COSINE, "zeros only for stimulus im3 .* or use --dissimilarity euclidean"),
    ],
)
def test_what_has_no_rdm_is_named(features: np.ndarray, n: int, dissimilarity: Dissimilarity, message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        model_rdm(features, brain_of(n), dissimilarity, NAMES)


@examples
@given(
    seed=seeds,
    n=st.integers(3, 14),
    subjects=st.integers(1, 5),
    noise=st.sampled_from([0.0, 1e-4, 0.5, 3.0]),
    comparator=st.sampled_from(list(Comparator)),
    group=st.sampled_from([1, 2]),
)
def test_intervals_hold_their_estimates_on_random_and_extreme_data(seed, n, subjects, noise, comparator, group):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 9))
    found = [pdist(x + noise * rng.standard_normal(x.shape), "correlation") for _ in range(subjects)]
    brain = SubjectRdms(np.stack(found), tuple(map(str, range(n))), tuple(map(str, range(subjects))))
    units = np.arange(n) // group
    for most in (drawn_similarity.MOST_UNITS_COMPARED_ANEW, 0):  # draws compared anew, and by influence
        with mock.patch.object(drawn_similarity, "MOST_UNITS_COMPARED_ANEW", most):
            told = analyse_rsa(pdist(x, "correlation"), brain, units=units, comparator=comparator, draws=DRAWS, seed=0)
        check(float(told.similarity.mean()), told.interval, BETWEEN)
        assert np.isnan(told.ceiling.lower) == bool(told.ceiling.reason)
        if told.ceiling.interval is not None:
            check(told.ceiling.lower, told.ceiling.interval, BETWEEN)
