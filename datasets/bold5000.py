"""BOLD5000 (Chang et al. 2019): human visual cortex seeing 4,916 images of scenes, of COCO and of ImageNet.

Read from the ROI release (1.0): the response to every trial (TR34, the mean of TR3 and TR4) in regions of
both hemispheres. 4,803 images were shown once, 112 four times and one three times; `rep_` before a name in the
lists says that the image is among the repeated ones, and is no part of its id. The fourth subject has nine sessions of
the fifteen, so fewer images.
"""

import numpy as np
import scipy

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.own_files import OwnFiles, reading, stimuli_of
from brainrank.datasets.readers.single_trials import response_assembly

SUBJECTS = ("csi1", "csi2", "csi3", "csi4")
ROIS = {"earlyvis": "EarlyVis", "loc": "LOC", "ppa": "PPA"}
HEMISPHERES = ("LH", "RH")
IMAGES = "BOLD5000_Stimuli/Scene_Stimuli/Presented_Stimuli"
SOURCES = ("Scene", "COCO", "ImageNet")


def _responses(region: str) -> str:
    subject = region.partition(".")[0].upper()
    return f"ROIs/{subject}/mat/{subject}_ROIs_TR34.mat"


def _list(region: str) -> str:
    return f"ROIs/stim_lists/CSI0{region.partition('.')[0][-1]}_stim_lists.txt"


FILES = OwnFiles(
    "bold5000",
    needed=lambda region: (_responses(region), _list(region), *(f"{IMAGES}/{source}" for source in SOURCES)),
)


def _stimulus_ids(region: str, locations: Locations) -> list[str]:
    lines = FILES.path(_list(region), locations).read_text().splitlines()
    return [line.strip().removeprefix("rep_") for line in lines if line.strip()]


def _stimuli(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    subject = region.partition(".")[0]
    folders = [FILES.path(f"{IMAGES}/{source}", locations) for source in SOURCES]
    images = {path.name: path for folder in folders for path in folder.iterdir()}
    names = sorted(set(_stimulus_ids(region, locations)))
    missing = [name for name in names if name not in images]
    if missing:
        raise InvalidDataError(
            f"{len(missing)} of {len(names)} images that {_list(region)} lists are not in {IMAGES}: "
            f"{', '.join(missing[:5])}; unpack BOLD5000_Stimuli.zip whole"
        )
    stimuli = stimuli_of(
        ((name, images[name]) for name in names), stage=f"images of bold5000 {subject}", reporter=reporter
    )
    return StimulusSet(f"bold5000-{subject}", stimuli)


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> ResponseAssembly:
    shown = _stimulus_ids(region, locations)
    path = FILES.path(_responses(region), locations)
    names = [f"{hemisphere}{ROIS[region.partition('.')[2]]}" for hemisphere in HEMISPHERES]
    with reading(path):
        stored = scipy.io.loadmat(path, variable_names=names)
    absent = [name for name in names if name not in stored]
    if absent:
        raise InvalidDataError(f"{path} lacks {' and '.join(absent)}; fetch BOLD5000_ROIs.zip again")
    halves = [np.asarray(stored[name], dtype=np.float32) for name in names]
    return response_assembly(
        region,
        stimulus_ids=sorted(set(shown)),
        shown=shown,
        targets=[
            f"{name}-{voxel:04d}"
            for name, half in zip(names, halves, strict=True)
            for voxel in range(1, half.shape[1] + 1)
        ],
        trials=np.concatenate(halves, axis=1),
    )


REGION_NAMES = tuple(f"{subject}.{roi}" for subject in SUBJECTS for roi in ROIS)

DATASET = Dataset(
    card=DatasetCard(
        name="bold5000",
        title="BOLD5000: human visual cortex, 3T fMRI, 4 subjects, 4,916 images of scenes and objects",
        citation=(
            "Chang, Pyles, Marcus, Gupta, Tarr & Aminoff (2019). BOLD5000, a public fMRI dataset while viewing 5000 "
            "visual images. Scientific Data 6, 49."
        ),
        licence="CC0 (the README of the release)",
        access=(
            "public, got by hand: docs/datasets/bold5000.md. The loader was tested on generated files of this layout "
            "only"
        ),
        files=(),
    ),
    regions=dict.fromkeys(REGION_NAMES, Measure.RESPONSES),
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=REGION_NAMES,
    subject_of={region: region.partition(".")[0] for region in REGION_NAMES},
)
