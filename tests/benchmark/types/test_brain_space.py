"""Spaces and where targets lie in them."""

from dataclasses import replace

import numpy as np
import pytest
from spatial_scores import FSAVERAGE5, NATIVE, TEMPLATE

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions, is_shared, same_space
from brainrank.benchmark.types.errors import InvalidDataError


def test_a_target_lies_at_one_position_inside_the_space() -> None:
    found = TargetPositions(NATIVE, np.array([3, 1, 23]))
    np.testing.assert_array_equal(found.of(np.array([True, False, True])).positions, [3, 23])
    with pytest.raises(InvalidDataError, match="position 24 is outside of sub-01, 4 x 3 x 2 voxels"):
        TargetPositions(NATIVE, np.array([24]))
    with pytest.raises(InvalidDataError, match="two targets lie at the same position"):
        TargetPositions(NATIVE, np.array([2, 2]))
    with pytest.raises(InvalidDataError, match="3 targets of v1 and 2 positions"):
        ResponseAssembly(
            "v1", ("a",), ("x", "y", "z"), np.zeros((1, 1, 3)), positions=TargetPositions(NATIVE, np.arange(2))
        )


def test_spaces_are_the_same_by_name_grid_and_affine() -> None:
    moved = replace(NATIVE, affine=(*((*row[:3], row[3] + 0.5) for row in NATIVE.affine[:3]), NATIVE.affine[3]))
    rounded = replace(NATIVE, affine=tuple(tuple(each + 1e-7 for each in row) for row in NATIVE.affine))
    assert same_space([NATIVE, rounded]) == NATIVE
    for other in (moved, TEMPLATE, FSAVERAGE5, replace(NATIVE, shape=(4, 3, 3))):
        with pytest.raises(InvalidDataError, match="the spaces differ: sub-01"):
            same_space([NATIVE, other])
    assert [is_shared(each) for each in (NATIVE, TEMPLATE, FSAVERAGE5)] == [False, True, True]
