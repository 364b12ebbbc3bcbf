"""Where the targets of a region lie: in a volume, on a surface, or on both as CIFTI has it.

A space numbers its positions: voxels of a volume in C order of (i, j, k), vertices of the left hemisphere and then
those of the right, CIFTI's grayordinates in their order. A target lies at one position.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import isclose, prod

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

TEMPLATES = ("MNI", "fsaverage", "fsLR", "Talairach", "ICBM", "Colin", "onavg")
"""How the names of spaces begin that several subjects share."""
FSAVERAGE = {642: "fsaverage3", 2_562: "fsaverage4", 10_242: "fsaverage5", 40_962: "fsaverage6", 163_842: "fsaverage"}
"""FreeSurfer's average surfaces by their vertices in a hemisphere; those of a smaller one are the first of a larger."""


class Hemisphere(StrEnum):
    """Which half of the cortex."""

    LEFT = "left"
    RIGHT = "right"


HEMISPHERES = tuple(Hemisphere)
CLOSE_MM = 1e-3
Affine = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Volume:
    """A grid of voxels; `affine` brings (i, j, k) to (x, y, z) in mm. `name` is that of its space, or the subject's."""

    name: str
    shape: tuple[int, int, int]
    affine: Affine

    @property
    def size(self) -> int:
        """How many voxels it has."""
        return prod(self.shape)

    def __str__(self) -> str:
        return f"{self.name}, {' x '.join(map(str, self.shape))} voxels"


@dataclass(frozen=True)
class Surface:
    """The cortical surface as a mesh of so many vertices in each hemisphere."""

    name: str
    vertices: int

    @property
    def size(self) -> int:
        """How many vertices both hemispheres have."""
        return 2 * self.vertices

    def __str__(self) -> str:
        return f"{self.name}, {self.vertices} vertices in a hemisphere"


@dataclass(frozen=True)
class Grayordinates:
    """Vertices and voxels as a CIFTI file lists them; `header` is its XML."""

    name: str
    size: int
    header: str

    def __str__(self) -> str:
        return f"{self.name}, {self.size} grayordinates"


Space = Volume | Surface | Grayordinates


def is_shared(space: Space) -> bool:
    """Whether the space is one that subjects are brought to, by its name: one subject's own is not."""
    return space.name.startswith(TEMPLATES)


@dataclass(frozen=True, eq=False)
class CorticalMesh:
    """The cortex as a mesh: points in mm, and triangles by the numbers of their three vertices.

    `positions` are those of its vertices in the space that targets lie in, -1 for a vertex without one: CIFTI leaves
    out the medial wall. Raises InvalidDataError for points that are not finite, and triangles of vertices that are not
    there.
    """

    points: Float[ndarray, "vertices 3"]
    faces: Int[ndarray, "faces 3"]
    positions: Int[ndarray, " vertices"]

    def __post_init__(self) -> None:
        if not np.isfinite(self.points).all():
            place = int(np.flatnonzero(~np.isfinite(self.points).all(axis=1))[0])
            raise InvalidDataError(f"vertex {place} of a mesh lies at {self.points[place]}; give finite millimetres")
        strange = self.faces[(self.faces < 0) | (self.faces >= len(self.points))]
        if strange.size:
            raise InvalidDataError(
                f"a triangle of a mesh has vertex {strange[0]}, and there are {len(self.points)}, counted from 0; give "
                "the triangles of these points"
            )

    def vertices_of(self, positions: Int[ndarray, " targets"]) -> Int[ndarray, " targets"]:
        """The vertices that lie at some positions. Raises InvalidDataError for a position without one."""
        order = np.argsort(self.positions)
        places = np.minimum(np.searchsorted(self.positions, positions, sorter=order), len(order) - 1)
        found = order[places]
        without = positions[self.positions[found] != positions]
        if without.size:
            raise InvalidDataError(
                f"{len(without)} of {len(positions)} targets, the first at position {without[0]}, lie at no vertex of "
                "the mesh, which is of one hemisphere; give targets of one hemisphere, with its mesh"
            )
        return found


@dataclass(frozen=True, eq=False)
class TargetPositions:
    """The position of each target of a region in a space. No two targets lie at one.

    `mesh` says how the vertices of a surface hang together, and how far apart they lie, where that is known. Maps need
    none of it, and it is not stored with scores.
    """

    space: Space
    positions: Int[ndarray, " targets"]
    mesh: CorticalMesh | None = None

    def __post_init__(self) -> None:
        outside = self.positions[(self.positions < 0) | (self.positions >= self.space.size)]
        if outside.size:
            raise InvalidDataError(f"position {outside[0]} is outside of {self.space}; positions count from 0")
        if len(np.unique(self.positions)) < len(self.positions):
            raise InvalidDataError(f"two targets lie at the same position of {self.space}; give each its own")
        if self.mesh is not None:
            self.mesh.vertices_of(self.positions)

    def of(self, some: Bool[ndarray, " targets"]) -> "TargetPositions":
        """Those of some of the targets."""
        return replace(self, positions=self.positions[some])


def check_positions(targets: Sequence[str], positions: "TargetPositions | None", region: str) -> None:
    """Raise InvalidDataError unless there is a position for each target, or there are none."""
    if positions is not None and len(positions.positions) != len(targets):
        raise InvalidDataError(
            f"{len(targets)} targets of {region} and {len(positions.positions)} positions; give one for each, in order"
        )


def same_space(spaces: Sequence[Space]) -> Space:
    """The space that all of them are. Raises InvalidDataError, which names two that differ."""
    for first, second in pairwise(spaces):
        if not _same(first, second):
            raise InvalidDataError(
                f"the spaces differ: {first} and {second}{_affine_text(first, second)}; map each by itself, or bring "
                "the data to one space before they are scored"
            )
    return spaces[0]


def _same(first: Space, second: Space) -> bool:
    if isinstance(first, Volume) and isinstance(second, Volume):
        pairs = zip(np.ravel(first.affine), np.ravel(second.affine), strict=True)
        close = all(isclose(one, other, rel_tol=0, abs_tol=CLOSE_MM) for one, other in pairs)
        return (first.name, first.shape) == (second.name, second.shape) and close
    return first == second


def _affine_text(first: Space, second: Space) -> str:
    if isinstance(first, Volume) and isinstance(second, Volume) and first.name == second.name:
        return f" (affines {first.affine} and {second.affine})"
    return ""
