"""Trials arranged by stimulus."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.single_trials import response_assembly


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_each_trial_stands_once_at_its_stimulus_in_its_order(shown: list[str], order: object) -> None:
    ids = sorted(set(shown), reverse=True)
    trials = np.arange(2 * len(shown), dtype=np.float64).reshape(-1, 2)
    found = response_assembly("v1", stimulus_ids=ids, shown=shown, targets=("x", "y"), trials=trials)
    assert found.stimulus_ids == tuple(ids)
    for row, name in enumerate(ids):
        kept = found.responses[row][np.isfinite(found.responses[row, :, 0])]
        np.testing.assert_array_equal(kept, trials[[trial for trial, each in enumerate(shown) if each == name]])
    assert np.isfinite(found.responses).sum() == trials.size
    assert found.responses.shape[1] == max(map(shown.count, ids))


def test_other_stimuli_and_unmeasured_targets_are_left_out() -> None:
    trials = np.array([[1, 2, 3], [4, np.nan, 6], [7, np.nan, np.nan], [0, 0, 0]], dtype=np.float32)
    found = response_assembly(
        "v1", stimulus_ids=("b", "a"), shown=["a", "b", "b", "other"], targets=("x", "y", "z"), trials=trials
    )
    # y has no response to b; z has one of its two.
    assert found.targets == ("x", "z")
    assert found.responses.dtype == np.float32
    np.testing.assert_array_equal(found.responses, [[[4, 6], [7, np.nan]], [[1, 3], [np.nan, np.nan]]])


def test_what_cannot_be_arranged_is_said() -> None:
    trials = np.zeros((2, 1))
    with pytest.raises(InvalidDataError, match="1 of 2 stimuli of v1 have no trial: c;"):
        response_assembly("v1", stimulus_ids=("a", "c"), shown=["a", "b"], targets=("x",), trials=trials)
    with pytest.raises(InvalidDataError, match=r"shape \(2, 1\); 1 trials and 1 targets"):
        response_assembly("v1", stimulus_ids=("a",), shown=["a"], targets=("x",), trials=trials)
    with pytest.raises(InvalidDataError, match=r"No target of v1 \(1 in all\)"):
        response_assembly("v1", stimulus_ids=("a",), shown=["a", "a"], targets=("x",), trials=np.full((2, 1), np.nan))
