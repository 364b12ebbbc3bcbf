import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.metrics.regression.folds import assign_folds, fold_splits, identical_rows
from brainrank.benchmark.types.errors import InvalidDataError


@given(st.integers(2, 40), st.integers(2, 6), st.integers(0, 9))
def test_folds_without_groups_differ_by_one_stimulus_at_most(stimuli, folds, seed):
    if stimuli < folds:
        return
    fold_of = assign_folds(stimuli, folds=folds, rng=np.random.default_rng(seed))
    sizes = np.bincount(fold_of, minlength=folds)
    assert sizes.sum() == stimuli
    assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.integers(0, 8), min_size=10, max_size=60), st.integers(0, 9))
def test_a_group_is_in_one_fold(groups, seed):
    groups = np.array(groups)
    folds = min(3, len(set(groups.tolist())))
    if folds < 2:
        return
    fold_of = assign_folds(len(groups), folds=folds, rng=np.random.default_rng(seed), groups=groups)
    assert all(len(set(fold_of[groups == group].tolist())) == 1 for group in set(groups.tolist()))
    assert set(fold_of.tolist()) == set(range(folds))


def test_the_seed_decides_the_folds():
    first, again, other = (assign_folds(50, folds=5, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_groups_of_single_stimuli_are_no_groups():
    alone = assign_folds(23, folds=5, rng=np.random.default_rng(0))
    labelled = assign_folds(23, folds=5, rng=np.random.default_rng(0), groups=np.arange(23))
    assert np.array_equal(alone, labelled)


@pytest.mark.parametrize(
    ("stimuli", "folds", "groups", "message"),
    [
        (10, 1, None, "at least 2"),
        (3, 5, None, "3 stimuli cannot fill 5 folds"),
        (6, 3, np.array([0, 0, 0, 1, 1, 1]), "2 groups cannot fill 3 folds"),
        (6, 2, np.array([0, 1]), "2 entries for 6 stimuli"),
    ],
)
def test_impossible_folds_say_why(stimuli, folds, groups, message):
    with pytest.raises(InvalidDataError, match=message):
        assign_folds(stimuli, folds=folds, rng=np.random.default_rng(0), groups=groups)


def test_identical_rows_share_a_number():
    rows = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0], [-0.0, 1.0]])
    assert identical_rows(rows).tolist() == [0, 1, 0, 1]


def test_splits_train_on_what_is_never_held_out():
    splits = fold_splits(np.array([-1, 0, -1, 1, 0]))
    assert [(a.tolist(), b.tolist()) for a, b in splits] == [([0, 2, 3], [1, 4]), ([0, 1, 2, 4], [3])]


@pytest.mark.parametrize("fold_of", [[-1, -1, -1], [0, 0, 0], [0, 0, 2, 2, 2]])
def test_splits_need_something_on_both_sides(fold_of):
    with pytest.raises(InvalidDataError):
        fold_splits(np.array(fold_of))
