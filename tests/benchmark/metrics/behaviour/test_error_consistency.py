"""Error consistency against scikit-learn, loops over trials, its own invariants and its extremes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from brainrank.benchmark.metrics.behaviour.error_consistency import (
    UndefinedKappa,
    all_pairs,
    error_consistency,
    resampled_kappa,
    resampled_pairs,
)
from brainrank.benchmark.types.errors import InvalidDataError


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    observers, stimuli = draw(st.integers(2, 6)), draw(st.integers(1, 40))
    correct = rng.random((observers, stimuli)) < rng.uniform(0, 1, (observers, 1))
    return correct, rng.random((observers, stimuli)) < draw(st.sampled_from([0.3, 0.8, 1.0]))


def by_loop(first: list[bool], second: list[bool]) -> tuple[float, float, float]:
    """Kappa, o and e as the definition says it, trial by trial."""
    n = len(first)
    if n == 0:
        return np.nan, np.nan, np.nan
    o = sum(1 for a, b in zip(first, second, strict=True) if a == b) / n
    p, q = sum(first) / n, sum(second) / n
    e = p * q + (1 - p) * (1 - q)
    one_class = len({*first, *second}) == 1
    return (np.nan if one_class else (o - e) / (1 - e)), o, e


@settings(max_examples=150, deadline=None)
@given(tables())
def test_equals_a_loop_over_trials(table: tuple[np.ndarray, np.ndarray]) -> None:
    correct, shown = table
    result = error_consistency(correct, shown)
    for i in range(len(correct)):
        for j in range(len(correct)):
            common = shown[i] & shown[j]
            kappa, o, e = by_loop(correct[i, common].tolist(), correct[j, common].tolist())
            assert result.kappa[i, j] == pytest.approx(kappa, abs=1e-12, nan_ok=True)
            assert result.observed[i, j] == pytest.approx(o, abs=1e-12, nan_ok=True)
            assert result.expected[i, j] == pytest.approx(e, abs=1e-12, nan_ok=True)
            assert ((i, j) in result.reasons) == bool(np.isnan(result.kappa[i, j]))
            assert result.trials[i, j] == common.sum()
            difference = (correct[i, common].mean() - correct[j, common].mean()) ** 2 if common.any() else np.nan
            assert result.accuracy_difference[i, j] == pytest.approx(difference, abs=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_equals_cohen_kappa_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    correct = rng.random((4, 60)) < rng.uniform(0.2, 0.8, (4, 1))
    kappa = error_consistency(correct).kappa
    for i, j in all_pairs(4):
        assert kappa[i, j] == pytest.approx(cohen_kappa_score(correct[i], correct[j]), abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(tables(), st.integers(0, 2**32 - 1), st.sampled_from(list(UndefinedKappa)))
def test_a_resample_equals_taking_its_columns(
    table: tuple[np.ndarray, np.ndarray], seed: int, convention: UndefinedKappa
) -> None:
    correct, shown = table
    stimuli = correct.shape[1]
    chosen = np.random.default_rng(seed).integers(0, stimuli, (5, stimuli))
    counts = np.stack([np.bincount(columns, minlength=stimuli) for columns in chosen])
    pairs = all_pairs(len(correct))
    for seen in (None, shown):
        kappa = resampled_kappa(correct, seen, counts=counts, pairs=pairs, convention=convention, block_mib=1e-4)
        for draw, columns in enumerate(chosen):
            whole = error_consistency(
                correct[:, columns], None if seen is None else seen[:, columns], convention=convention
            )
            np.testing.assert_array_equal(kappa[draw], whole.kappa[pairs[:, 0], pairs[:, 1]])
            drawn = resampled_pairs(correct, seen, counts=counts, pairs=pairs, block_mib=1e-4)
            for field in drawn._fields:
                raw = error_consistency(correct, seen, weights=counts[draw])
                expected = getattr(raw, field)[pairs[:, 0], pairs[:, 1]]
                np.testing.assert_array_equal(getattr(drawn, field)[draw], expected)
            weighted = error_consistency(correct, seen, weights=counts[draw], convention=convention)
            np.testing.assert_array_equal(weighted.kappa, whole.kappa)


@settings(max_examples=100, deadline=None)
@given(tables())
def test_symmetric_bounded_and_blind_to_the_order_of_trials(table: tuple[np.ndarray, np.ndarray]) -> None:
    correct, shown = table
    result = error_consistency(correct, shown)
    np.testing.assert_array_equal(result.kappa, result.kappa.T)
    defined = ~np.isnan(result.kappa)
    assert (result.kappa[defined] >= result.kappa_min[defined] - 1e-12).all()
    assert (result.kappa[defined] <= result.kappa_max[defined] + 1e-12).all()
    assert (result.kappa_min[defined] <= 0).all()
    assert (result.kappa_max[defined] >= 0).all()
    assert (result.kappa_max[defined] <= 1).all()
    np.testing.assert_array_equal(error_consistency(correct[:, ::-1], shown[:, ::-1]).kappa, result.kappa)
    np.testing.assert_array_equal(error_consistency(~correct, shown).kappa, result.kappa)


@pytest.mark.parametrize(("first", "second"), [(7, 5), (5, 5), (9, 9), (2, 3), (10, 4), (0, 6)])
def test_the_bounds_are_those_of_all_arrangements(first: int, second: int) -> None:
    """Ten trials, `first` and `second` of them right: every overlap that is possible, one by one."""
    reached = []
    for both in range(max(0, first + second - 10), min(first, second) + 1):
        correct = np.zeros((2, 10), dtype=bool)
        correct[0, :first] = True
        correct[1, first - both : first - both + second] = True
        result = error_consistency(correct)
        reached.append(result.kappa[0, 1])
    assert min(reached) == pytest.approx(result.kappa_min[0, 1], abs=1e-12)
    assert max(reached) == pytest.approx(result.kappa_max[0, 1], abs=1e-12)


def test_identical_observers_are_consistent_and_opposite_ones_are_not() -> None:
    row = np.array([True, True, False, False])
    kappa = error_consistency(np.stack([row, row, ~row])).kappa
    assert kappa[0, 1] == 1.0
    assert kappa[0, 2] == -1.0


def test_one_class_observers_have_no_value_but_a_reason() -> None:
    correct = np.array([[True] * 5, [True] * 5, [False] * 5, [False] * 5, [True, True, False, False, True]])
    raw = error_consistency(correct)
    assert np.isnan(raw.kappa[0, 1])
    assert "right on every common trial" in raw.reasons[0, 1]
    assert "wrong on every common trial" in raw.reasons[2, 3]
    assert raw.kappa[0, 2] == 0.0  # never the same, as their accuracies demand: e is 0, and so is o
    assert raw.kappa[0, 4] == 0.0
    published = error_consistency(correct, convention=UndefinedKappa.MODEL_VS_HUMAN)
    assert published.kappa[0, 1] == 1.0
    assert published.kappa[2, 3] == 1.0
    assert published.reasons == {}


def test_no_common_trials_is_undefined_under_both_conventions() -> None:
    correct = np.array([[True, False], [True, True]])
    shown = np.array([[True, False], [False, True]])
    for convention in UndefinedKappa:
        result = error_consistency(correct, shown, convention=convention)
        assert np.isnan(result.kappa[0, 1])
        assert "no trials in common" in result.reasons[0, 1]
        drawn = resampled_kappa(
            correct, shown, counts=np.ones((1, 2), dtype=int), pairs=np.array([[0, 1]]), convention=convention
        )
        assert np.isnan(drawn).all()


def test_pairs_that_share_too_little_have_nothing() -> None:
    rng = np.random.default_rng(3)
    correct = rng.random((3, 60)) < 0.6
    shown = np.array([[True] * 60, [True] * 60, [k < 19 for k in range(60)]])
    free, asked = error_consistency(correct, shown), error_consistency(correct, shown, minimum=20)
    for field in ("kappa", "observed", "expected", "kappa_min", "kappa_max", "accuracy_difference"):
        assert getattr(asked, field)[0, 1] == getattr(free, field)[0, 1]
        assert np.isnan(getattr(asked, field)[[0, 1], 2]).all()
        assert np.isfinite(getattr(free, field)[0, 2])
    assert asked.trials[0, 2] == 19
    assert asked.reasons[0, 2] == "the observers share 19 trials, fewer than 20"
    small = error_consistency(correct[:, :19], minimum=20)
    assert np.isfinite(small.kappa).all()  # all there are, and everybody saw them


@pytest.mark.parametrize("accuracy", [0.5, 0.75])
def test_twenty_shared_trials_bias_kappa_by_a_tenth_of_its_standard_error(accuracy: float) -> None:
    """The minimum of docs/decisions/error-consistency.md: both right with the chance that gives kappa .4."""
    rng = np.random.default_rng(5)
    chance = accuracy**2 + (1 - accuracy) ** 2
    both = (chance + 0.4 * (1 - chance) + 2 * accuracy - 1) / 2
    draw = rng.random((20_000, 20))
    first = draw < accuracy
    second = (draw < both) | ((draw >= accuracy) & (draw < 2 * accuracy - both))
    kappa = np.array([by_loop(a, b)[0] for a, b in zip(first[:3000].tolist(), second[:3000].tolist(), strict=True)])
    assert abs(np.nanmean(kappa) - 0.4) < 0.035
    assert np.isnan(kappa).mean() < 0.01


def test_an_answer_that_was_not_shown_does_not_count() -> None:
    shown = np.array([[True, True, True, False], [True, True, True, True]])
    correct = np.array([[True, False, True, True], [True, False, False, True]])
    cleared = correct & shown
    for table in (correct, cleared):
        assert error_consistency(table, shown).kappa[0, 1] == pytest.approx(cohen_kappa_score([1, 0, 1], [1, 0, 0]))


def test_counts_that_are_no_counts_are_refused() -> None:
    correct = np.array([[True, False], [False, True]])
    for counts in (np.array([[1, -1]]), np.array([[0.5, 1.5]])):
        with pytest.raises(InvalidDataError, match="whole numbers"):
            resampled_kappa(correct, counts=counts, pairs=all_pairs(2))


def test_counts_beyond_single_precision_stay_exact() -> None:
    rng = np.random.default_rng(4)
    correct = rng.random((2, 50)) < 0.6
    counts = rng.integers(0, 10**6, (3, 50))
    kappa = resampled_kappa(correct, counts=counts, pairs=all_pairs(2))
    for draw in range(3):
        n, a, b = (int(counts[draw] @ c) for c in (np.ones(50, int), correct[0].astype(int), correct[1].astype(int)))
        both = int(counts[draw] @ (correct[0] & correct[1]).astype(int))
        assert kappa[draw, 0] == pytest.approx(2 * (n * both - a * b) / (n * (a + b) - 2 * a * b), rel=1e-12)


def test_independent_observers_average_to_zero() -> None:
    rng = np.random.default_rng(11)
    correct = rng.random((60, 1000)) < rng.uniform(0.2, 0.9, (60, 1))
    pairs = all_pairs(60)
    kappa = error_consistency(correct).kappa[pairs[:, 0], pairs[:, 1]]
    assert abs(kappa.mean()) < 4 * kappa.std() / np.sqrt(60)
    assert kappa.std() == pytest.approx(1 / np.sqrt(1000), rel=0.2)
