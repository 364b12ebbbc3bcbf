"""RDMs of fMRI as the Algonauts Project 2019 gave them: MATLAB files of version 7.3, a square for each subject."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.hdf5 import reading_hdf5

VARIABLES: Mapping[str, str] = {"evc": "EVC_RDMs", "it": "IT_RDMs"}


def read_fmri_rdms(path: Path, region: str, n_stimuli: int) -> Float[ndarray, "subjects pairs"]:
    """The condensed RDM of each subject, 1 - r. Raises InvalidDataError for a file of another layout, naming it."""
    with reading_hdf5(path) as opened:
        # MATLAB's (subjects, stimuli, stimuli) stands in HDF5 with its axes reversed.
        squares = np.moveaxis(opened[VARIABLES[region]][()], -1, 0)
    if squares.ndim != 3 or squares.shape[1:] != (n_stimuli, n_stimuli):
        raise InvalidDataError(
            f"{path} has {VARIABLES[region]} of shape {squares.shape}; (subjects, {n_stimuli}, {n_stimuli}) is needed: "
            "fetch it again"
        )
    return np.stack([scipy.spatial.distance.squareform(square, checks=False) for square in squares])


def subject_names(count: int) -> tuple[str, ...]:
    """Names of subjects, who have none in these files."""
    return tuple(f"subject-{number:02d}" for number in range(1, count + 1))
