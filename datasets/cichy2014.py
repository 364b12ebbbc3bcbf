"""Cichy et al. 2014: RDMs of early visual cortex and IT in 15 subjects (fMRI), and of MEG over time in 16.

They saw the 92 images of Kriegeskorte et al. 2008, in the same order (checked: the mean IT RDM's rank correlation with
that study's human IT is .557, the silhouette model's with early visual cortex .452), so both share one stimulus set.

Mind what early visual cortex's RDM says of these images, single objects on grey: pairs that cover much of the picture
are alike. Trained networks score below random ones on it (docs/decisions/object-area-in-early-visual-cortex.md).

The RDMs of fMRI are fetched (Algonauts 2019 training set); those of MEG, one file of decoding accuracies, are got by
hand. A subject's are the mean of the two sessions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.files.downloads import fetch, locate
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.timed_assemblies import TimedRdms
from brainrank.datasets import kriegeskorte2008
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.algonauts2019 import VARIABLES, read_fmri_rdms, subject_names
from brainrank.datasets.readers.hdf5 import reading_hdf5
from brainrank.datasets.readers.own_files import OwnFiles, reading

RDMS = RemoteFile(
    name="target_fmri.mat",
    sha256="57f064c7ebc5e6de1c70898166090f5c7b6ffdcfb5b13cb897c6d81a09207e47",
    sources=("github:dnn-hvs/Algonauts-Challange@9b305ff847973cb71dbcdcb249401fb93aa92ecd:Testing/92/target_fmri.mat",),
)

MEG = "meg"
MEG_RDMS = "MEG_decoding_RDMs.mat"
MEG_FILES = OwnFiles("cichy2014", needed=lambda _region: (MEG_RDMS,))
SUBJECTS, SESSIONS = 16, 2
TIMES_MS = np.arange(-100.0, 1201.0)


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    return kriegeskorte2008.load_stimuli(locations, reporter)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> RdmAssembly | TimedRdms:
    return _meg(locations, reporter) if region == MEG else _fmri(region, locations, reporter)


def _fmri(region: str, locations: Locations, reporter: Reporter) -> RdmAssembly:
    ids = kriegeskorte2008.STIMULUS_IDS
    rdms = read_fmri_rdms(fetch(RDMS, locations, reporter=reporter), region, len(ids))
    return RdmAssembly(region, ids, subject_names(len(rdms)), rdms, squared=True)  # 1 - r


def _meg(locations: Locations, reporter: Reporter) -> TimedRdms:
    path, ids = MEG_FILES.path(MEG_RDMS, locations), kriegeskorte2008.STIMULUS_IDS
    with _meg_squares(path) as squares:
        shape = (len(ids), len(ids), len(TIMES_MS), SESSIONS, SUBJECTS)
        if squares.shape != shape:
            raise InvalidDataError(
                f"{path} has the shape {squares.shape[::-1]}; (subjects, sessions, times, images, images) are "
                f"{shape[::-1]}: fetch it again"
            )
        rdms = _condensed(squares, reporter)
    if not np.isfinite(rdms).all():
        raise InvalidDataError(f"{path} lacks accuracies of pairs of different images; fetch it again")
    return TimedRdms(MEG, ids, subject_names(SUBJECTS), TIMES_MS, rdms)


@contextmanager
def _meg_squares(path: Path) -> Iterator[Any]:
    """The accuracies, (images, images, times, sessions, subjects): MATLAB's axes reversed, as HDF5 has them.

    A file of version 7.3 is read piece by piece; one of an older version, which may hold them in single precision,
    at once.
    """
    import h5py

    name = "MEG_decoding_RDMs"
    if h5py.is_hdf5(path):
        with reading_hdf5(path) as stored:
            yield stored[name]
    else:
        try:
            with reading(path):
                squares = scipy.io.loadmat(path, variable_names=[name])[name].T
        except scipy.io.matlab.MatReadError as error:
            raise InvalidDataError(f"{path} is damaged, or no .mat file ({error}); fetch it again") from error
        yield squares


def _condensed(squares: Any, reporter: Reporter) -> Float[ndarray, "subjects times pairs"]:
    """The mean of both sessions of each pair (i, j), i < j, in condensed order.

    Image by image, as the file is laid out: its first axis is the one that changes slowest, and a subject's values lie
    next to all others'.
    """
    images, _, times, _, subjects = squares.shape
    # float32: 350 MB; accuracies are shares of some tens of trials.
    rdms = np.empty((subjects, times, images * (images - 1) // 2), dtype=np.float32)
    for j in range(1, images):
        i = np.arange(j)
        rdms[..., images * i - i * (i + 1) // 2 + j - i - 1] = squares[j, :j].mean(axis=2, dtype=np.float64).T
        reporter.progress("RDMs of cichy2014 meg", j, images - 1)
    return rdms


def _here(card: DatasetCard, region: str, locations: Locations) -> bool:
    if region != MEG:
        return all(locate(file, locations) for file in card.files)
    return MEG_FILES.here(card, region, locations) and locate(kriegeskorte2008.SUPPLEMENT, locations) is not None


DATASET = Dataset(
    card=DatasetCard(
        name="cichy2014",
        title="92 object images: human early visual cortex and IT (fMRI), 15 subjects; MEG over time, 16 subjects",
        citation=(
            "Cichy, Pantazis & Oliva (2014). Resolving human object recognition in space and time. Nature Neuroscience "
            "17, 455-462. Distributed by Cichy, Roig, Andonian, Dwivedi, Lahner, Lascelles, Mohsenzadeh, "
            "Ramakrishnan & Oliva (2019). The Algonauts Project."
        ),
        licence="none stated",
        access=(
            "public; fMRI: one file of a public repository, in no package; meg: one file got by hand "
            "(docs/datasets/cichy2014.md), whose loader was tested on generated files of its layout only"
        ),
        files=(RDMS, kriegeskorte2008.SUPPLEMENT),
    ),
    regions={**dict.fromkeys(VARIABLES, Measure.RDMS), MEG: Measure.TIMED_RDMS},
    squared=tuple(VARIABLES),
    stimuli=_stimuli,
    assembly=_assembly,
    here=_here,
    by_hand=(MEG,),
)
