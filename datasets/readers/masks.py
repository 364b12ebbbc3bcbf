"""Masks that say where targets lie: NIfTI volumes, GIFTI surfaces, CIFTI grayordinates, arrays with an affine.

The targets of a region are what a mask marks, in its order: voxels in C order of (i, j, k), as nilearn takes them;
vertices; grayordinates.
"""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.types.brain_space import (
    FSAVERAGE,
    Affine,
    Grayordinates,
    Surface,
    TargetPositions,
    Volume,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.array_files import read_arrays
from brainrank.datasets.readers.brain_files import hemisphere_of, load_image, nibabel

NIFTI, GIFTI, CIFTI = (".nii", ".nii.gz"), (".gii", ".gii.gz"), (".dscalar.nii", ".dlabel.nii", ".dtseries.nii")


def read_mask(path: Path, name: str, *, affine: Path | None = None) -> TargetPositions:
    """Read where the targets of a region lie, in a space of that name.

    An array (.npy) of a volume needs its `affine`, 4 x 4 numbers in a .txt or .npy; other files have their own.

    Raises InvalidDataError for a file that is none of these, holds more than two values (an atlas is split with --roi),
    or marks nothing.
    """
    lower = path.name.lower()
    if lower.endswith(".npy"):
        if affine is None:
            raise InvalidDataError(f"{path} is an array without a space; give --affine FILE, 4 x 4 numbers, with it")
        return volume_positions(_npy(path), read_affine(affine), name, str(path))
    if affine is not None:
        raise InvalidDataError(f"{path} has a space of its own; leave --affine out")
    if lower.endswith(CIFTI):
        return _grayordinates(path, name)
    if lower.endswith(NIFTI):
        image = load_image(path)
        return volume_positions(np.asarray(image.dataobj), image.affine, name, str(path))
    if lower.endswith(GIFTI):
        return _vertices(path, name)
    known = ", ".join((*NIFTI, *GIFTI, *CIFTI, ".npy"))
    raise InvalidDataError(f"{path} is no mask that is read; give a file that ends in one of {known}")


def volume_positions(values: NDArray[Any], affine: NDArray[Any], name: str, what: str) -> TargetPositions:
    """The voxels that an array of three axes marks. Raises InvalidDataError, beginning with `what`, as `read_mask`."""
    values = values[..., 0] if values.ndim == 4 and values.shape[3] == 1 else values
    if values.ndim != 3:
        raise InvalidDataError(f"{what} has shape {values.shape}; a mask has three axes, i, j and k")
    i, j, k = values.shape
    return TargetPositions(Volume(name, (i, j, k), checked_affine(affine, what)), _marked(values, what))


def _npy(path: Path) -> NDArray[Any]:
    (found,) = read_arrays(path).values()
    return found


def read_affine(path: Path) -> NDArray[np.float64]:
    """Read 4 x 4 numbers from a text file or a .npy. Raises InvalidDataError for anything else."""
    try:
        found = _npy(path) if path.suffix == ".npy" else np.loadtxt(path)
    except (OSError, ValueError) as error:
        raise InvalidDataError(f"{path} is no affine ({error}); give 4 x 4 numbers") from error
    return np.asarray(found, dtype=np.float64)


def checked_affine(affine: NDArray[Any], what: str) -> Affine:
    """An affine as plain numbers. Raises InvalidDataError for what brings no voxel to a point of its own."""
    found = np.asarray(affine)
    if found.shape != (4, 4) or found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        raise InvalidDataError(f"{what} has an affine of shape {found.shape}; give 4 x 4 finite numbers")
    if not np.array_equal(found[3], [0, 0, 0, 1]) or np.linalg.matrix_rank(found[:3, :3]) < 3:
        raise InvalidDataError(
            f"{what} has the affine {found.tolist()}; its last row must be 0 0 0 1 and its axes independent"
        )
    return tuple(tuple(row) for row in found.astype(np.float64).tolist())


def _marked(values: NDArray[Any], what: str) -> NDArray[np.int64]:
    if values.dtype.kind not in "fiub":
        raise InvalidDataError(f"{what} holds {values.dtype} values; a mask holds 0 and 1")
    marks = np.unique(values)
    if len(marks) > 2 or (len(marks) == 2 and 0 not in marks):
        raise InvalidDataError(
            f"{what} holds {len(marks)} values, {_first(marks)}; a mask holds 0 and one other: threshold it, or split "
            "an atlas into its regions with --roi"
        )
    found = np.flatnonzero(values)
    if not found.size:
        raise InvalidDataError(f"{what} marks nothing: all its values are 0")
    return found


def _first(values: NDArray[Any]) -> str:
    told = ", ".join(f"{each:g}" for each in values[:3])
    return told + (", ..." if len(values) > 3 else "")


def _vertices(path: Path, name: str) -> TargetPositions:
    image = load_image(path)
    if len(image.darrays) != 1 or image.darrays[0].data.ndim != 1:
        raise InvalidDataError(f"{path} has {len(image.darrays)} arrays; a mask has one, with a value for each vertex")
    hemisphere = hemisphere_of(image, path)
    values = image.darrays[0].data
    surface = Surface(FSAVERAGE.get(len(values), name) if not name.startswith("fs") else name, len(values))
    return TargetPositions(surface, hemisphere * len(values) + _marked(values, str(path)))


def _grayordinates(path: Path, name: str) -> TargetPositions:
    image = load_image(path)
    values = np.asarray(image.dataobj)
    models = image.header.get_axis(1)
    if len(values) != 1 or not isinstance(models, nibabel().cifti2.BrainModelAxis):
        raise InvalidDataError(f"{path} has shape {values.shape}; a mask has one map over grayordinates")
    return TargetPositions(grayordinates_of(image, name), _marked(values[0], str(path)))


def grayordinates_of(image: Any, name: str) -> Grayordinates:
    """The space of a CIFTI file, whose last axis is of brain models."""
    cifti2 = nibabel().cifti2
    models = image.header.get_axis(1)
    header = cifti2.Cifti2Header.from_axes((cifti2.ScalarAxis(["map"]), models))
    return Grayordinates(name, len(models), header.to_xml().decode())


def mask_of(positions: TargetPositions) -> Bool[ndarray, " size"]:
    """What is marked, of all positions of the space."""
    marked = np.zeros(positions.space.size, dtype=bool)
    marked[positions.positions] = True
    return marked
