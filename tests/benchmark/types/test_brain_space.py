"""Spaces and where targets lie in them."""

from dataclasses import replace

import numpy as np
import pytest
from spatial_scores import FSAVERAGE5, NATIVE, TEMPLATE

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import CorticalMesh, Surface, TargetPositions, is_shared, same_space
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


def test_a_mesh_has_a_vertex_for_each_target() -> None:
    mesh = CorticalMesh(np.eye(3), np.array([[0, 1, 2]]), np.array([9, -1, 7]))
    found = TargetPositions(Surface("s", 5), np.array([7, 9]), mesh)
    np.testing.assert_array_equal(mesh.vertices_of(found.positions), [2, 0])
    assert found.of(np.array([False, True])).mesh is mesh
    with pytest.raises(
        InvalidDataError, match=r"1 of 2 targets, the first at position 8, lie at no vertex .* give targ"
    ):
        TargetPositions(Surface("s", 5), np.array([9, 8]), mesh)
    with pytest.raises(InvalidDataError, match="a triangle of a mesh has vertex 3, and there are 3, counted from 0"):
        CorticalMesh(np.eye(3), np.array([[0, 1, 3]]), np.arange(3))
    with pytest.raises(InvalidDataError, match=r"vertex 1 of a mesh lies at \[ 0. nan  0.\]; give finite millimetres"):
        CorticalMesh(np.diag([1, np.nan, 1]), np.array([[0, 1, 2]]), np.arange(3))
