"""Volumes of voxels in NIfTI files; they need nibabel or nilearn, which only these files need."""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.benchmark.types.installing import extra_command


def read_labels(path: Path) -> NDArray[np.int64]:
    """Read a volume of whole numbers, such as the labels of regions, on its (x, y, z) grid.

    Raises InvalidDataError when it is no NIfTI file or not three-dimensional, UserError when nibabel is missing.
    """
    nibabel = _package("nibabel")
    try:
        volume = np.asarray(nibabel.load(path).dataobj)
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError) as error:
        raise InvalidDataError(f"{path} is not a readable NIfTI file ({error}); fetch it again") from error
    if volume.ndim != 3:
        raise InvalidDataError(f"{path} has shape {volume.shape}; labels need three axes, x, y and z")
    return np.asarray(np.rint(volume), dtype=np.int64)


def read_masked(path: Path, mask: Path) -> NDArray[np.float64]:
    """Read the voxels of a mask from a 4D volume: volumes x voxels, voxels in the mask's order, nothing filled in.

    Raises InvalidDataError when a file is missing or unreadable, or when the two do not lie on the same grid, UserError
    when nilearn is missing.
    """
    nibabel, masking = _package("nibabel"), _package("nilearn.masking")
    for each in (path, mask):
        if not each.is_file():
            raise InvalidDataError(f"{each} does not exist; give the path of a NIfTI file")
    try:
        found = np.asarray(masking.apply_mask(str(path), str(mask), dtype=np.float64, ensure_finite=False))
    except (OSError, EOFError, ValueError, TypeError, nibabel.filebasedimages.ImageFileError) as error:
        raise InvalidDataError(
            f"{path} cannot be read through {mask} ({error}); they must lie on the same grid, with the same affine"
        ) from error
    return found.reshape(-1, found.shape[-1]).astype(np.float64)


def _package(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(f"NIfTI files need a package that is not here ({error}): {extra_command('bids')}") from error
