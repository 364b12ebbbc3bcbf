"""Meshes of the cortex: GIFTI files of a hemisphere's surface, or points and triangles in memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.brain_space import (
    HEMISPHERES,
    CorticalMesh,
    Grayordinates,
    Space,
    Surface,
    TargetPositions,
    Volume,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.brain_files import header_axis, hemisphere_of, load_image

DISTORTED = ("Inflated", "VeryInflated", "Spherical", "SemiSpherical", "Ellipsoid", "Flat", "Hull")
"""GIFTI's kinds of surfaces (GeometricType) whose edges are not as long as those of the cortex."""
CORTEX = ("CIFTI_STRUCTURE_CORTEX_LEFT", "CIFTI_STRUCTURE_CORTEX_RIGHT")
LEAST_EXTENT_MM = 1.0
"""No cortex is smaller; one in metres would be."""


def read_mesh(path: Path, targets: TargetPositions) -> TargetPositions:
    """The targets of a mask with the mesh of their hemisphere, of a GIFTI file of points and triangles (.surf.gii).

    Raises InvalidDataError for a file that is none, a surface that is inflated, flat or a sphere, and as `on_mesh`.
    """
    image = load_image(path)
    if not hasattr(image, "darrays"):
        raise InvalidDataError(f"{path} is no surface; give a GIFTI file of points and triangles (.surf.gii)")
    points, faces = (image.get_arrays_from_intent(f"NIFTI_INTENT_{each}") for each in ("POINTSET", "TRIANGLE"))
    if (len(points), len(faces)) != (1, 1):
        raise InvalidDataError(
            f"{path} has {len(points)} arrays of points and {len(faces)} of triangles; give the GIFTI file of a "
            "surface, which has one of each (.surf.gii)"
        )
    kind = points[0].meta.get("GeometricType", "")
    if kind in DISTORTED:
        raise InvalidDataError(
            f"{path} is of the kind {kind}, whose edges are not as long as those of the cortex; give the midthickness "
            "surface, or the white or pial one"
        )
    return on_mesh(targets, points[0].data, faces[0].data, what=str(path), hemisphere=hemisphere_of(image, path))


def on_mesh(
    targets: TargetPositions, points: NDArray[Any], faces: NDArray[Any], *, what: str, hemisphere: int | None = None
) -> TargetPositions:
    """Targets with a mesh: points in mm (vertices x 3) and triangles (faces x 3). `hemisphere` is that of the targets
    unless told.

    Raises InvalidDataError, beginning with `what`, where it is not the mesh of all these targets' hemisphere, or no
    mesh in mm.
    """
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "fiu":
        raise InvalidDataError(f"{what} has points of shape {points.shape}; give x, y and z in mm for each vertex")
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype.kind not in "iu":
        raise InvalidDataError(
            f"{what} has triangles of shape {faces.shape}; give the numbers of three vertices for each"
        )
    half = _first_hemisphere(targets, what) if hemisphere is None else hemisphere
    positions = _positions(targets.space, half, len(points), what)
    elsewhere = np.count_nonzero(~np.isin(targets.positions, positions))
    if elsewhere:
        raise InvalidDataError(
            f"{what} is of the {HEMISPHERES[half]} hemisphere, and {elsewhere} of {len(targets.positions)} targets lie "
            "elsewhere; give the mesh of theirs (each hemisphere is a region of its own, with its mask and its mesh)"
        )
    try:
        mesh = CorticalMesh(points.astype(np.float64), faces.astype(np.int64), positions)
    except InvalidDataError as error:
        raise InvalidDataError(f"{what}: {error}") from error
    extent = float(np.ptp(mesh.points, axis=0).max())
    if extent < LEAST_EXTENT_MM:
        raise InvalidDataError(f"{what} is {extent:.2g} mm long; points are in mm: multiply metres by 1000")
    return replace(targets, mesh=mesh)


def _first_hemisphere(targets: TargetPositions, what: str) -> int:
    """The hemisphere that the first target lies in."""
    space, first = targets.space, int(targets.positions[0])
    if isinstance(space, Surface):
        return first // space.vertices
    structure = str(header_axis(space).name[first]) if isinstance(space, Grayordinates) else str(space)
    if structure not in CORTEX:
        raise InvalidDataError(f"{what} is of the cortex, and the first target lies in {structure}; leave the mesh out")
    return CORTEX.index(structure)


def _positions(space: Space, hemisphere: int, size: int, what: str) -> NDArray[np.int64]:
    """The position in a space of each of so many vertices of a hemisphere; -1 for those without one."""
    if isinstance(space, Volume):
        raise InvalidDataError(f"{what} is of a surface, and the mask of a volume ({space}); leave the mesh out")
    if isinstance(space, Surface):
        expected, positions = space.vertices, hemisphere * space.vertices + np.arange(space.vertices)
    else:
        axis = header_axis(space)
        here = np.flatnonzero(axis.name == CORTEX[hemisphere])
        expected = int(axis.nvertices.get(CORTEX[hemisphere], 0))
        positions = np.full(expected, -1)
        positions[axis.vertex[here]] = here
    if size != expected:
        raise InvalidDataError(
            f"{what} has {size} vertices, and the {HEMISPHERES[hemisphere]} hemisphere of {space} has {expected}; give "
            "the mesh of the same surface"
        )
    return positions
