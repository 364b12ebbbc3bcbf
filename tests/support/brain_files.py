"""Small files of brain images: a mask, an atlas and betas of one grid; GIFTI and CIFTI of a few vertices."""

from pathlib import Path

import nibabel
import numpy as np
from nibabel import cifti2, gifti
from numpy.typing import NDArray

SHAPE = (4, 3, 2)
AFFINE = np.array([[-2.0, 0, 0, 6], [0, 2, 0, -4], [0, 0, 3, -2], [0, 0, 0, 1]])


def volume(path: Path, values: NDArray[np.generic], affine: NDArray[np.float64] = AFFINE) -> Path:
    """A NIfTI file."""
    nibabel.save(nibabel.Nifti1Image(values, affine), path)
    return path


def marks() -> NDArray[np.uint8]:
    """A mask of ten of 24 voxels."""
    marked = np.zeros(SHAPE, dtype=np.uint8)
    marked[:2, :, 0] = marked[:, 0, 1] = 1
    return marked


def atlas() -> NDArray[np.int16]:
    """Two regions of five voxels within the mask, and another outside of it."""
    labels = np.zeros(SHAPE, dtype=np.int16)
    labels[0, :, 0], labels[1, :2, 0], labels[:, 0, 1], labels[3, 2, 1] = 3, 3, 7, 9
    return labels


def betas(n_stimuli: int) -> NDArray[np.float32]:
    """A volume for each stimulus."""
    return np.random.default_rng(0).standard_normal((*SHAPE, n_stimuli)).astype(np.float32)


def surface(path: Path, rows: NDArray[np.float32], structure: str | None = "CortexLeft") -> Path:
    """A GIFTI file with an array for each row."""
    meta = {} if structure is None else {"AnatomicalStructurePrimary": structure}
    image = gifti.GiftiImage(darrays=[gifti.GiftiDataArray(row) for row in rows], meta=gifti.GiftiMetaData(meta))
    nibabel.save(image, path)
    return path


def grayordinates(path: Path, rows: NDArray[np.float32]) -> Path:
    """A CIFTI file: as many vertices of the left cortex as there are columns."""
    models = cifti2.BrainModelAxis.from_mask(np.ones(rows.shape[1], bool), name="cortex_left")
    scalars = cifti2.ScalarAxis([f"map {number}" for number in range(len(rows))])
    nibabel.save(cifti2.Cifti2Image(rows, header=cifti2.Cifti2Header.from_axes((scalars, models))), path)
    return path
