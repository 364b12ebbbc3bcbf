"""The cortex that maps are drawn on: fsaverage5, which nilearn carries with it."""

from functools import cache
from importlib import import_module
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.brain_space import FSAVERAGE, HEMISPHERES, Surface
from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.benchmark.types.installing import extra_command

VERTICES = 10_242


class Mesh(NamedTuple):
    """A hemisphere, inflated: points in mm, faces by their vertices, and how deep in a fold each vertex lies."""

    coordinates: Float[ndarray, "vertices 3"]
    faces: Int[ndarray, "faces 3"]
    depth: Float[ndarray, " vertices"]


@cache
def cortical_mesh(hemisphere: int) -> Mesh:
    """The left (0) or right (1) hemisphere of fsaverage5. Raises UserError where nilearn is missing."""
    try:
        datasets = import_module("nilearn.datasets")
    except ImportError as error:
        raise UserError(f"The cortex needs a package that is not here ({error}): {extra_command('cortex')}") from error
    part = datasets.load_fsaverage("fsaverage5")["inflated"].parts[HEMISPHERES[hemisphere]]
    depth = datasets.load_fsaverage_data("fsaverage5", data_type="sulcal").data.parts[HEMISPHERES[hemisphere]]
    return Mesh(
        np.asarray(part.coordinates, dtype=np.float64),
        np.asarray(part.faces, dtype=np.int64),
        np.asarray(depth, dtype=np.float64).ravel(),
    )


def face_values(mesh: Mesh, values: Float[ndarray, " vertices"], *, categories: bool) -> Float[ndarray, " faces"]:
    """A value for each face: the mean of its corners that have one, or of categories the middle one; NaN without any.

    So a vertex by itself is seen, and what is shown reaches half a face further than its vertices.
    """
    corners = np.sort(values[mesh.faces], axis=1)  # NaN last
    count = np.isfinite(corners).sum(axis=1)
    some = np.maximum(count, 1)
    middle = np.take_along_axis(corners, ((some - 1) // 2)[:, None], axis=1)[:, 0]
    mean = np.nansum(corners, axis=1) / some
    return np.where(count > 0, middle if categories else mean, np.nan)


def drawn_on(space: Surface, values: Float[ndarray, " size"]) -> Float[ndarray, "2 vertices"]:
    """Values of both hemispheres at the vertices of fsaverage5, which are the first of fsaverage6 and of fsaverage.

    Raises InvalidDataError for another surface.
    """
    if FSAVERAGE.get(space.vertices) is None or space.vertices < VERTICES:
        raise InvalidDataError(
            f"{space} is not drawn; only fsaverage5, fsaverage6 and fsaverage are: write it with --out instead"
        )
    return np.asarray(values.reshape(2, -1)[:, :VERTICES])
