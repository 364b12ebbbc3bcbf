import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.rdm import RDMs
from rsatoolbox.rdm import compare as peer_compare

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.types.errors import InvalidDataError


def random_rdms(seed: int, n_rdms: int, n_stimuli: int, *, levels: int | None = None) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rdms = rng.random((n_rdms, n_stimuli * (n_stimuli - 1) // 2))
    return rdms if levels is None else np.ceil(rdms * levels)


@pytest.mark.parametrize("comparator", Comparator)
@pytest.mark.parametrize("levels", [None, 4])
@given(seed=st.integers(0, 2**32 - 1), n_stimuli=st.integers(5, 14))
@settings(max_examples=15, deadline=None)
def test_equals_rsatoolbox(comparator, levels, seed, n_stimuli):
    first = random_rdms(seed, 3, n_stimuli, levels=levels)
    second = random_rdms(seed + 1, 2, n_stimuli, levels=levels)
    expected = peer_compare(RDMs(first), RDMs(second), method=comparator)
    np.testing.assert_allclose(compare(first, second, comparator), expected, atol=1e-11)


def test_whitening_equals_the_solved_covariance():
    # V = (C C') squared elementwise, C the pairwise contrasts (Diedrichsen et al. 2021), solved densely.
    n = 9
    x, y = random_rdms(3, 2, n)
    contrasts = np.array([np.eye(n)[i] - np.eye(n)[j] for i in range(n) for j in range(i + 1, n)])
    covariance = (contrasts @ contrasts.T) ** 2
    for comparator, (a, b) in {"cosine_cov": (x, y), "corr_cov": (x - x.mean(), y - y.mean())}.items():
        products = [p @ np.linalg.solve(covariance, q) for p, q in ((a, b), (a, a), (b, b))]
        expected = products[0] / np.sqrt(products[1] * products[2])
        assert compare(x[None], y[None], Comparator(comparator))[0, 0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("comparator", Comparator)
def test_constant_rdm_is_undefined_or_by_the_formula_zero(comparator):
    constant, other = np.full((1, 10), 0.1), random_rdms(0, 1, 5)
    value = compare(constant, other, comparator)[0, 0]
    if comparator in {Comparator.RHO_A, Comparator.TAU_A}:
        assert value == 0  # the mean over random ties
    elif comparator in {Comparator.COSINE, Comparator.COSINE_COV}:
        assert np.isfinite(value)
        assert np.isnan(compare(constant * 0, other, comparator)[0, 0])
    else:
        assert np.isnan(value)


@pytest.mark.parametrize("comparator", Comparator)
def test_nan_in_one_rdm_leaves_the_others(comparator):
    first, second = random_rdms(0, 2, 6), random_rdms(1, 2, 6)
    whole = compare(first, second, comparator)
    first[0, 3] = np.nan
    values = compare(first, second, comparator)
    assert np.isnan(values[0]).all()
    np.testing.assert_array_equal(values[1], whole[1])


@pytest.mark.parametrize("comparator", Comparator)
def test_symmetry_self_and_float32(comparator):
    rdms = random_rdms(5, 4, 8)
    values = compare(rdms, rdms, comparator)
    np.testing.assert_allclose(values, values.T, atol=1e-14)
    np.testing.assert_allclose(np.diag(values), 1, atol=1e-12)
    np.testing.assert_allclose(compare(rdms.astype(np.float32), rdms, comparator), values, atol=1e-5)


@pytest.mark.parametrize("comparator", [Comparator.SPEARMAN, Comparator.RHO_A, Comparator.TAU_A])
def test_rank_comparators_ignore_monotone_changes(comparator):
    first, second = random_rdms(5, 2, 8), random_rdms(6, 2, 8)
    np.testing.assert_allclose(
        compare(np.exp(3 * first), second, comparator), compare(first, second, comparator), atol=1e-14
    )


def test_reversed_rdm_is_minus_one():
    rdm = random_rdms(2, 1, 7)
    for comparator in (Comparator.CORR, Comparator.SPEARMAN, Comparator.RHO_A, Comparator.TAU_A, Comparator.CORR_COV):
        assert compare(rdm, -rdm, comparator)[0, 0] == pytest.approx(-1, abs=1e-12)


@pytest.mark.parametrize("pairs", [1, 4])
def test_too_few_or_no_triangular_number_of_pairs(pairs):
    with pytest.raises(InvalidDataError, match="pair"):
        compare(np.ones((1, pairs)), np.ones((1, pairs)), Comparator.CORR)
