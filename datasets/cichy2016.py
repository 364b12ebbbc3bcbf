"""Cichy et al. 2016: RDMs of early visual cortex and IT in 15 subjects (fMRI) who saw 118 natural images.

Read as the Algonauts Project 2019 gave them, its second training set: one file of RDMs, and the images, whose order is
that of the numbers in their names. Both are got by hand.
"""

from pathlib import Path

from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.package.template import image_files
from brainrank.datasets.readers.algonauts2019 import VARIABLES, read_fmri_rdms, subject_names
from brainrank.datasets.readers.own_files import OwnFiles, stimuli_of

RDMS, IMAGES, STIMULI = "target_fmri.mat", "118_images", 118
FILES = OwnFiles("cichy2016", needed=lambda _region: (RDMS, IMAGES))


def _images(locations: Locations) -> list[tuple[str, Path]]:
    folder = FILES.path(IMAGES, locations)
    found = [folder / name for name in image_files(folder)]
    if len(found) != STIMULI:
        raise InvalidDataError(
            f"{folder} has {len(found)} images, and the study {STIMULI}; put those there, and no other"
        )
    return [(path.stem, path) for path in found]


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    return StimulusSet("cichy2016", stimuli_of(_images(locations), stage="images of cichy2016", reporter=reporter))


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> RdmAssembly:
    rdms = read_fmri_rdms(FILES.path(RDMS, locations), region, STIMULI)
    ids = tuple(name for name, _ in _images(locations))
    return RdmAssembly(region, ids, subject_names(len(rdms)), rdms, squared=True)  # 1 - r


DATASET = Dataset(
    card=DatasetCard(
        name="cichy2016",
        title="118 natural images: human early visual cortex and IT (fMRI), 15 subjects",
        citation=(
            "Cichy, Pantazis & Oliva (2016). Similarity-based fusion of MEG and fMRI reveals spatio-temporal dynamics "
            "in human cortex during visual object recognition. Cerebral Cortex 26, 3563-3579. Distributed by Cichy, "
            "Roig, Andonian, Dwivedi, Lahner, Lascelles, Mohsenzadeh, Ramakrishnan & Oliva (2019). The Algonauts "
            "Project."
        ),
        licence="none stated",
        access=(
            "public, got by hand: docs/datasets/cichy2016.md. The loader was tested on generated files of this "
            "layout only"
        ),
        files=(),
    ),
    regions=dict.fromkeys(VARIABLES, Measure.RDMS),
    squared=tuple(VARIABLES),
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=tuple(VARIABLES),
)
