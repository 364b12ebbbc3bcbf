import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.rdm import RDMs
from rsatoolbox.rdm import compare as peer_compare

from brainrank.benchmark.metrics.rdms import weighted_comparators
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.errors import InvalidDataError

WHITENED = {Comparator.CORR_COV, Comparator.COSINE_COV}


def resampled(rdms: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The RDMs of the drawn stimuli written out, NaN where a stimulus meets itself."""
    drawn = np.repeat(np.arange(counts.size), counts)
    upper = np.triu_indices(drawn.size, k=1)
    squares = np.array([square_rdm(rdm) for rdm in rdms])
    for square in squares:
        np.fill_diagonal(square, np.nan)
    return squares[:, drawn][:, :, drawn][:, *upper]


def brute_force(models, subjects, counts, comparator):
    # One pair at a time: where any of several RDMs is constant, rsatoolbox 0.3.2 puts similarities in the wrong places
    # (np.putmask takes its values by position in the whole array).
    x, y = resampled(models, counts), resampled(subjects, counts)
    return np.array(
        [[peer_compare(RDMs(one[None]), RDMs(other[None]), method=comparator)[0, 0] for other in y] for one in x]
    )


def random_case(seed: int, n_stimuli: int, levels: int | None):
    rng = np.random.default_rng(seed)
    pairs = n_stimuli * (n_stimuli - 1) // 2
    models, subjects = rng.random((3, pairs)), rng.random((2, pairs))
    if levels is not None:
        models, subjects = np.ceil(models * levels), np.ceil(subjects * levels)
    counts = rng.multinomial(n_stimuli, np.full(n_stimuli, 1 / n_stimuli), size=6)
    return models, subjects, counts


@pytest.mark.parametrize("comparator", Comparator)
@pytest.mark.parametrize("levels", [None, 5])
@given(seed=st.integers(0, 2**32 - 1), n_stimuli=st.integers(7, 14))
@settings(max_examples=12, deadline=None)
def test_equals_rsatoolbox_on_the_written_out_resample(comparator, levels, seed, n_stimuli):
    models, subjects, counts = random_case(seed, n_stimuli, levels)
    values = compare_resampled(models, subjects, counts, comparator)
    for draw, value in zip(counts, values, strict=True):
        if (draw > 0).sum() < 3:
            assert np.isnan(value).all()
            continue
        expected = brute_force(models, subjects, draw, comparator)
        # rsatoolbox calls an undefined similarity 0 or rounding noise; it is NaN here.
        defined = ~np.isnan(value)
        np.testing.assert_allclose(value[defined], expected[defined], atol=1e-10)
        if (draw > 0).sum() >= 5:
            assert defined.all()


@pytest.mark.parametrize("comparator", Comparator)
def test_drawing_each_stimulus_once_is_the_plain_comparison(comparator):
    models, subjects, _ = random_case(1, 30, None)
    values = compare_resampled(models, subjects, np.ones((2, 30), dtype=np.int64), comparator)
    np.testing.assert_allclose(values[1], compare(models, subjects, comparator), atol=1e-12)


@pytest.mark.parametrize("comparator", Comparator)
def test_many_stimuli_in_blocks_equal_rsatoolbox(comparator, monkeypatch):
    monkeypatch.setitem(weighted_comparators._BLOCK_NUMBERS, comparator, 1)
    rng = np.random.default_rng(0)
    n = 60
    models, subjects = rng.random((2, n * (n - 1) // 2)), rng.random((2, n * (n - 1) // 2))
    models[0] = np.ceil(models[0] * 2)  # a binary model: two groups of ties
    counts = rng.multinomial(n, np.full(n, 1 / n), size=20)
    values = compare_resampled(models, subjects, counts, comparator)
    for draw in (0, 13, 19):
        expected = brute_force(models, subjects, counts[draw], comparator)
        np.testing.assert_allclose(values[draw], expected, atol=1e-10)


@pytest.mark.parametrize("comparator", sorted(WHITENED))
def test_one_stimulus_half_the_draw_has_a_limit(comparator):
    rng = np.random.default_rng(2)
    models, subjects = rng.random((2, 15)), rng.random((2, 15))
    counts = np.array([[4, 1, 1, 0, 0, 0], [1, 4, 0, 0, 1, 0]])  # n/2 + 1 of n = 6
    values = compare_resampled(models, subjects, counts, Comparator(comparator))
    for draw, value in zip(counts, values, strict=True):
        np.testing.assert_allclose(value, brute_force(models, subjects, draw, comparator), atol=1e-10)


@pytest.mark.parametrize("comparator", Comparator)
def test_constant_resamples_are_undefined(comparator):
    # Two categories; the second draw takes one category only, so its model RDM is constant.
    category = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    upper = np.triu_indices(8, k=1)
    model = (category[upper[0]] != category[upper[1]]).astype(float)[None] + 0.3
    subjects = np.random.default_rng(0).random((2, 28))
    counts = np.array([[2, 1, 0, 1, 1, 1, 1, 1], [2, 2, 2, 2, 0, 0, 0, 0]])
    values = compare_resampled(model, subjects, counts, comparator)
    assert np.isfinite(values[0]).all()
    if comparator in {Comparator.RHO_A, Comparator.TAU_A}:
        assert (values[1] == 0).all()
    elif comparator in {Comparator.COSINE, Comparator.COSINE_COV}:
        assert np.isfinite(values[1]).all()
    else:
        assert np.isnan(values[1]).all()


def test_missing_pairs_leave_the_other_models():
    models, subjects, counts = random_case(4, 12, None)
    whole = compare_resampled(models, subjects, counts, Comparator.CORR)
    models[1, 5] = np.nan
    values = compare_resampled(models, subjects, counts, Comparator.CORR)
    assert np.isnan(values[:, 1]).all()
    np.testing.assert_allclose(values[:, [0, 2]], whole[:, [0, 2]], atol=1e-14)


def test_counts_that_do_not_fit():
    rdms = np.random.default_rng(0).random((1, 10))
    for counts in (np.ones((2, 4), dtype=int), np.array([[1, 1, 1, 3, -1]])):
        with pytest.raises(InvalidDataError, match="counts"):
            compare_resampled(rdms, rdms, counts, Comparator.CORR)
