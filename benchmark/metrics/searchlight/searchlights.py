"""The searchlights of a region: round each target, those that lie within a radius.

In a volume they are spheres, straight from centre to centre of voxels (Kriegeskorte, Goebel & Bandettini 2006); on a
surface discs, along the cortex (Oosterhof, Wiestler, Downing & Diedrichsen 2011).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.searchlight.discs import disc_members
from brainrank.benchmark.types.brain_space import TargetPositions, Volume
from brainrank.benchmark.types.errors import InvalidDataError


class Searchlights(NamedTuple):
    """The targets that have a searchlight, by number, and those that lie in it."""

    centres: Int[ndarray, " centres"]
    members: Sequence[Int[ndarray, " _"]]


class _Near(NamedTuple):
    """For each target those within the radius, and what a target is called, one and several."""

    members: Sequence[Sequence[int] | Int[ndarray, " _"]]
    nouns: tuple[str, str]


def searchlights_of(positions: TargetPositions | None, radius_mm: float, fewest: int, region: str) -> Searchlights:
    """The searchlights of all targets that have so many within a radius, themselves included.

    Raises InvalidDataError for targets of which nobody knows how far apart they lie, and where no searchlight has so
    many.
    """
    near = _near(positions, radius_mm, region)
    sizes = np.array([len(each) for each in near.members])
    centres = np.flatnonzero(sizes >= fewest)
    if not centres.size:
        one, several = near.nouns
        raise InvalidDataError(
            f"no {one} of {region} has {fewest} {several} within {radius_mm:g} mm ({sizes.max()} at most); give a "
            "larger radius_mm, or a smaller fewest_voxels"
        )
    return Searchlights(centres, [np.array(each) for each in near.members if len(each) >= fewest])


def _near(positions: TargetPositions | None, radius_mm: float, region: str) -> _Near:
    if positions is not None and isinstance(positions.space, Volume):
        affine = np.array(positions.space.affine)
        voxels = np.stack(np.unravel_index(positions.positions, positions.space.shape), axis=1)
        points = voxels @ affine[:3, :3].T
        found = scipy.spatial.cKDTree(points).query_ball_point(points, radius_mm + 1e-6, return_sorted=True)
        return _Near(found, ("voxel", "voxels"))
    if positions is not None and positions.mesh is not None:
        vertices = positions.mesh.vertices_of(positions.positions)
        return _Near(disc_members(positions.mesh, vertices, radius_mm), ("vertex", "vertices"))
    if positions is None:
        where, remedy = "nobody knows where they lie", "give a mask (.nii.gz), or one of a surface and its mesh"
    else:
        where, remedy = (
            f"they lie in {positions.space}, without a mesh",
            "give the mesh of their hemisphere (.surf.gii)",
        )
    raise InvalidDataError(
        f"a searchlight goes through a volume of voxels, or over the mesh of a surface; of the targets of {region} "
        f"{where}: {remedy}"
    )
