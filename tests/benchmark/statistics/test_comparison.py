import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import false_discovery_control, norm

from brainrank.benchmark.statistics.comparison import (
    benjamini_hochberg,
    paired_comparison,
    pairwise_p,
    ranks,
)
from brainrank.benchmark.types.errors import InvalidDataError


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1)))
def test_benjamini_hochberg_equals_scipy(p):
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), rtol=1e-12)


def test_benjamini_hochberg_leaves_nan_out():
    q = benjamini_hochberg(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(q, [0.02, np.nan, 0.04])
    with pytest.raises(InvalidDataError):
        benjamini_hochberg(np.array([1.2]))


def paired_case(gap: float, *, shared: float = 1.0, draws: int = 4000):
    rng = np.random.default_rng(0)
    common = shared * rng.normal(size=draws)
    return np.array([gap, 0.0]), np.array([gap + common, common]) + 0.1 * rng.normal(size=(2, draws))


def test_pairing_takes_off_what_the_models_share():
    estimates, resamples = paired_case(0.3)
    comparison = paired_comparison(estimates, resamples)
    spread = 0.1 * np.sqrt(2)
    assert comparison.difference == pytest.approx(0.3)
    assert comparison.interval.low == pytest.approx(0.3 - 1.96 * spread, abs=0.02)
    assert comparison.interval.high == pytest.approx(0.3 + 1.96 * spread, abs=0.02)
    assert comparison.p == pytest.approx(2 * norm.sf(0.3 / spread), rel=0.2)
    reverse = paired_comparison(estimates[::-1].copy(), resamples[::-1].copy())
    assert reverse.p == comparison.p
    assert reverse.difference == -comparison.difference


def test_p_of_equal_fixed_and_missing_models():
    resamples = np.tile(np.random.default_rng(0).normal(size=200), (4, 1))
    resamples[3] = np.nan
    p = pairwise_p(np.array([0.5, 0.5, 0.5, np.nan]), resamples)
    np.testing.assert_array_equal(p[0, 1:], [1, 1, np.nan])
    np.testing.assert_array_equal(p, p.T)
    shifted = pairwise_p(np.array([1.0, 0.0]), np.array([np.ones(50), np.zeros(50)]))
    assert shifted[0, 1] == 0
    few = np.full((2, 100), np.nan)
    few[:, :39] = np.random.default_rng(0).normal(size=(2, 39))
    assert np.isnan(pairwise_p(np.array([1.0, 0.0]), few)[0, 1])


def test_models_that_cannot_be_told_apart_share_a_rank():
    estimates = np.array([0.50, 0.30, 0.49, np.nan, 0.10])
    resamples = estimates[:, None] + 0.02 * np.random.default_rng(0).normal(size=(5, 1000))
    found = ranks(estimates, resamples)
    np.testing.assert_array_equal(found.first, [1, 3, 1, np.nan, 4])
    np.testing.assert_array_equal(found.last, [2, 3, 2, np.nan, 4])


def test_a_missing_model_changes_no_other_rank():
    estimates = np.array([0.5, 0.3, 0.1])
    resamples = estimates[:, None] + 0.02 * np.random.default_rng(0).normal(size=(3, 500))
    whole = ranks(estimates, resamples)
    with_missing = ranks(np.append(estimates, np.nan), np.vstack([resamples, np.full(500, np.nan)]))
    for bound, without in zip(with_missing, whole, strict=True):
        np.testing.assert_array_equal(bound[:3], without)
        assert np.isnan(bound[3])


def test_one_model_ranks_first_and_none_is_no_error():
    assert ranks(np.array([0.2]), np.zeros((1, 100))) == (1, 1)
    assert ranks(np.empty(0), np.empty((0, 100))).first.size == 0
    assert np.isnan(ranks(np.full(2, np.nan), np.full((2, 100), np.nan))).all()


def test_under_no_difference_few_models_are_told_apart():
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(200):
        estimates = rng.normal(size=6)
        resamples = estimates[:, None] + rng.normal(size=(6, 300))
        wrong += (ranks(estimates, resamples).first > 1).any()
    assert wrong / 200 < 0.1


def test_estimates_and_rows_must_match():
    with pytest.raises(InvalidDataError, match="one row"):
        ranks(np.zeros(2), np.zeros((3, 100)))


def test_places_hold_the_true_rank_of_models_that_differ_little():
    """Of thirty models a tenth of an error apart; the quantiles of draws hold .93 (docs/decisions/ranks.md)."""
    rng, n = np.random.default_rng(5), 30
    true = -0.1 * np.arange(n)
    inside = []
    for _ in range(100):
        estimates = true + rng.normal(size=n)
        found = ranks(estimates, estimates[:, None] + rng.normal(size=(n, 200)))
        inside += [(found.first <= np.arange(1, n + 1)) & (np.arange(1, n + 1) <= found.last)]
    assert np.mean(inside) > 0.95


def p_by_the_definition(estimates, resamples):
    """A loop over pairs, and nothing but numpy's standard deviation of the differences."""
    n = len(estimates)
    p = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(n):
            differences = resamples[i] - resamples[j]
            differences = differences[~np.isnan(differences)]
            if i != j and differences.size >= 40 and not np.isnan(estimates[i] - estimates[j]):
                deviation, distance = differences.std(ddof=1), abs(estimates[i] - estimates[j])
                p[i, j] = 2 * norm.sf(distance / deviation) if deviation > 0 else float(distance == 0)
    return p


@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_p_of_all_pairs_is_that_of_each(offset):
    rng = np.random.default_rng(5)
    common = rng.normal(size=300)
    resamples = offset + common + 0.1 * rng.normal(size=(12, 300))
    resamples[1] = resamples[0] + 1e-9 * rng.normal(size=300)  # cancels to nothing but rounding, and yet differs
    resamples[2] = resamples[0]
    resamples[3] = resamples[0] + 0.25
    resamples[4, :200] = np.nan
    resamples[5, 150:] = np.nan  # 50 draws in common with no model but the whole ones
    resamples[6] = np.nan
    estimates = offset + 0.15 * rng.normal(size=12)
    estimates[2] = estimates[0]
    estimates[7] = np.nan
    estimates[1] = estimates[0] + 1e-9
    p = pairwise_p(estimates, resamples)
    np.testing.assert_allclose(p, p_by_the_definition(estimates, resamples), rtol=1e-6, atol=1e-300)
    assert np.isnan(p[4, 5])
    assert p[0, 2] == 1
    assert p[0, 1] < 1
    for i, j in ((0, 1), (0, 3), (4, 8)):
        pair = paired_comparison(estimates[[i, j]], resamples[[i, j]])
        assert pair.p == pytest.approx(p[i, j], rel=1e-9)
