"""Natural Scenes Dataset (Allen et al. 2022): 7T fMRI of natural scenes, the four subjects who finished all sessions.

Read as its authors lay it out: betas of version 3 (betas_fithrf_GLMdenoise_RR) in the 1.8 mm volume, one HDF5 file a
session. Each voxel's betas are z-scored within each session, which evens out the differences between sessions that
the authors' examples warn of; the stored factor of 300 cancels. Where a session did not measure a voxel (all zero), its
trials are missing; a voxel that misses every trial of an image is left out.

`shared` regions pool the voxels of the four subjects over the 1,000 images that all of them saw; the others are one
subject's, over that subject's 10,000. Every image was shown three times.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.brain_files import read_label_volume
from brainrank.datasets.readers.hdf5 import reading_hdf5
from brainrank.datasets.readers.masks import volume_positions
from brainrank.datasets.readers.own_files import OwnFiles, reading
from brainrank.datasets.readers.single_trials import response_assembly
from brainrank.datasets.stimulus_files import bitmap, stimulus_file

SHARED = "shared"
SUBJECTS = ("subj01", "subj02", "subj05", "subj07")
SESSIONS = range(1, 41)
DESIGN = "nsddata/experiments/nsd/nsd_expdesign.mat"
IMAGES = "nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5"
VISUAL_DEGREES = 8.4


class Roi(NamedTuple):
    """A volume of labels, and those that make up a region: ventral and dorsal halves are one."""

    name: str
    labels: tuple[int, ...]


ROIS = {
    "v1": Roi("prf-visualrois", (1, 2)),
    "v2": Roi("prf-visualrois", (3, 4)),
    "hv4": Roi("prf-visualrois", (7,)),
    "ventral": Roi("streams", (5,)),
}


class Trials(NamedTuple):
    """A subject's voxels of one region: which image each trial showed, and the response to it."""

    shown: list[str]
    targets: list[str]
    positions: TargetPositions
    measured: NDArray[np.float32]


def _subjects(region: str) -> tuple[str, ...]:
    whose = region.partition(".")[0]
    return SUBJECTS if whose == SHARED else (whose,)


def _labels_file(subject: str, region: str) -> str:
    return f"nsddata/ppdata/{subject}/func1pt8mm/roi/{ROIS[region.partition('.')[2]].name}.nii.gz"


def _betas_file(subject: str, session: int) -> str:
    return f"nsddata_betas/ppdata/{subject}/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session{session:02d}.hdf5"


def _needed_files(region: str) -> Iterator[str]:
    yield from (DESIGN, IMAGES)
    for subject in _subjects(region):
        yield _labels_file(subject, region)
        yield from (_betas_file(subject, session) for session in SESSIONS)


FILES = OwnFiles("nsd", needed=_needed_files)


def _id(number: int) -> str:
    """An image's name by its place among the 73,000, from 0, as in the file names of Algonauts 2023."""
    return f"nsd-{number:05d}"


class Design(NamedTuple):
    """The images, numbered from 0, that each subject saw trial by trial, and those that all of them saw."""

    shown: dict[str, NDArray[np.int64]]
    shared: NDArray[np.int64]

    def images(self, region: str) -> NDArray[np.int64]:
        """The images of a region, in the order of their numbers."""
        whose = region.partition(".")[0]
        return np.unique(self.shared if whose == SHARED else self.shown[whose])


def _design(locations: Locations) -> Design:
    # MATLAB counts from 1: `masterordering` points into the 10,000 columns of `subjectim`, which hold 73k ids.
    path = FILES.path(DESIGN, locations)
    with reading(path):
        stored = scipy.io.loadmat(path)
        order, shared = (stored[name].ravel().astype(np.int64) - 1 for name in ("masterordering", "sharedix"))
        columns = stored["subjectim"].astype(np.int64) - 1
    return Design(
        shown={subject: columns[int(subject[-2:]) - 1, order] for subject in SUBJECTS},
        shared=shared,
    )


def _stimuli(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    numbers = _design(locations).images(region)
    folder, stimuli = locations.datasets / "nsd", []
    path = FILES.path(IMAGES, locations)
    with reading_hdf5(path) as stored:
        for done, number in enumerate(map(int, numbers), start=1):
            name = _id(number)
            stimuli.append(stimulus_file(bitmap(stored["imgBrick"][number]), folder / f"{name}.bmp", name))
            reporter.progress("images of nsd", done, len(numbers))
    return StimulusSet(f"nsd-{region.partition('.')[0]}", tuple(stimuli), visual_degrees=VISUAL_DEGREES)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> ResponseAssembly:
    design = _design(locations)
    ids = [_id(number) for number in design.images(region)]
    parts = []
    for subject in _subjects(region):
        trials = _trials(subject, region, design, locations, reporter)
        parts.append(
            response_assembly(
                region,
                stimulus_ids=ids,
                shown=trials.shown,
                targets=trials.targets,
                trials=trials.measured,
                positions=trials.positions,
            )
        )
    return ResponseAssembly(
        region,
        tuple(ids),
        tuple(target for part in parts for target in part.targets),
        np.concatenate([part.responses for part in parts], axis=2),
        # Four brains are four spaces, which have no map in common.
        positions=parts[0].positions if len(parts) == 1 else None,
    )


def _trials(subject: str, region: str, design: Design, locations: Locations, reporter: Reporter) -> Trials:
    """Read a subject's voxels session by session, keeping the trials of the region's images only."""
    roi = ROIS[region.partition(".")[2]]
    path = FILES.path(_labels_file(subject, region), locations)
    volume = read_label_volume(path)
    inside = np.isin(volume.labels, roi.labels)
    voxels = np.argwhere(inside)
    wanted = np.isin(design.shown[subject], design.images(region))
    paths = [FILES.path(_betas_file(subject, session), locations) for session in SESSIONS]
    ends = np.cumsum([_trials_in(path) for path in paths])
    if ends[-1] != len(wanted):
        raise InvalidDataError(
            f"{subject} has {ends[-1]} trials in its betas and {len(wanted)} in {DESIGN}; fetch both again"
        )
    measured = []
    for done, (path, kept) in enumerate(zip(paths, np.split(wanted, ends[:-1]), strict=True), start=1):
        measured.append(_session(path, voxels)[kept])
        reporter.progress(f"betas of nsd {subject}", done, len(paths))
    return Trials(
        shown=[_id(number) for number in design.shown[subject][wanted]],
        positions=volume_positions(inside, volume.affine, f"nsd-{subject}-func1pt8mm", str(path)),
        targets=[f"{subject}-voxel-{x:03d}-{y:03d}-{z:03d}" for x, y, z in voxels],
        measured=np.concatenate(measured),
    )


def _trials_in(path: Path) -> int:
    with reading_hdf5(path) as stored:
        return int(stored["betas"].shape[0])


def _session(path: Path, voxels: NDArray[np.int64]) -> NDArray[np.float32]:
    """The betas of a session, z-scored per voxel; NaN where a voxel was not measured."""
    with reading_hdf5(path) as stored:
        # MATLAB's (x, y, z, trials) stands in HDF5 with its axes reversed; a voxel's trials are one chunk.
        betas = stored["betas"]
        read = np.stack([betas[:, z, y, x] for x, y, z in voxels], axis=1).astype(np.float32)
    spread = read.std(axis=0)
    return np.asarray((read - read.mean(axis=0)) / np.where(spread > 0, spread, np.float32(np.nan)), dtype=np.float32)


REGION_NAMES = tuple(f"{whose}.{name}" for whose in (SHARED, *SUBJECTS) for name in ROIS)

DATASET = Dataset(
    card=DatasetCard(
        name="nsd",
        title="Natural Scenes Dataset: human visual cortex, 7T fMRI, 4 subjects, 1,000 shared and 10,000 images each",
        citation=(
            "Allen, St-Yves, Wu, Breedlove, Prince, Dowdle, Nau, Caron, Pestilli, Charest, Hutchinson, Naselaris & Kay "
            "(2022). A massive 7T fMRI dataset to bridge cognitive neuroscience and artificial intelligence. Nature "
            "Neuroscience 25, 116-126."
        ),
        licence="the Natural Scenes Dataset's terms and conditions",
        access=(
            "free after agreeing to its terms, got by hand: docs/datasets/nsd.md. The loader was tested on generated "
            "files of this layout only"
        ),
        files=(),
    ),
    regions=dict.fromkeys(REGION_NAMES, Measure.RESPONSES),
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=REGION_NAMES,
    subject_of={f"{subject}.{name}": subject for subject in SUBJECTS for name in ROIS},
)
