"""THINGS-EEG2 (Gifford et al. 2022): EEG of 10 people who saw 200 photographs of objects 80 times each.

Of the study's preprocessed data the test images: 17 channels over the back of the head at 100 Hz, -200 to 790 ms,
baseline corrected, whitened by the authors session by session. A person's RDM at each time is made here, crossnobis
distances between pseudo-trials; nothing is whitened again. The training images were seen 4 times each and are not read.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from brainrank.benchmark.epochs.of_subjects import arrays_of, decoding_rdms
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.timed_assemblies import TimedRdms
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.epochs import read_epochs
from brainrank.datasets.readers.own_files import OwnFiles, stimuli_of

EEG = "eeg"
IMAGES = "test_images"
SUBJECTS = tuple(f"sub-{number:02d}" for number in range(1, 11))
CONDITIONS = 200
VISUAL_DEGREES = 7.0
SETTINGS = DecodingSettings(Decoding.CROSSNOBIS, noise=NoiseNormalisation.NONE, pseudo_trials=5, permutations=4)


def _file(subject: str) -> str:
    return f"{subject}/preprocessed_eeg_test.npy"


FILES = OwnFiles("things_eeg2", needed=lambda _region: (IMAGES, *map(_file, SUBJECTS)))


def _images(locations: Locations) -> list[Path]:
    """The images in the order of the conditions: that of the numbered folders of concepts, one image in each."""
    folder = FILES.path(IMAGES, locations)
    paths = sorted(folder.glob("*/*.jpg"))
    concepts = len({path.parent for path in paths})
    if len(paths) != CONDITIONS or concepts != CONDITIONS:
        raise InvalidDataError(
            f"{folder} has {len(paths)} images in {concepts} folders; the test images are {CONDITIONS}, each in a "
            "folder of its own: unpack them anew"
        )
    return paths


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    named = [(path.stem, path) for path in _images(locations)]
    stimuli = stimuli_of(named, stage="images of things_eeg2", reporter=reporter)
    return StimulusSet("things_eeg2", stimuli, visual_degrees=VISUAL_DEGREES)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> TimedRdms:
    ids = tuple(path.stem for path in _images(locations))
    made = decoding_rdms(_epochs(locations), SETTINGS, subjects=len(SUBJECTS), reporter=reporter)
    return TimedRdms(region, ids, SUBJECTS, np.array(made[0].times_ms), arrays_of(made)["rdms"])


def _epochs(locations: Locations) -> Iterator[Epochs]:
    for subject in SUBJECTS:
        path = FILES.path(_file(subject), locations)
        found = read_epochs([path], subject)
        conditions = len(set(found.stimuli))
        if conditions != CONDITIONS:
            raise InvalidDataError(
                f"{path} has {conditions} conditions; the test images are {CONDITIONS}: take preprocessed_eeg_test.npy"
            )
        yield found


DATASET = Dataset(
    card=DatasetCard(
        name="things_eeg2",
        title="200 photographs of objects: EEG over time, 10 people",
        citation=(
            "Gifford, Dwivedi, Roig & Cichy (2022). A large and rich EEG dataset for modeling human visual object "
            "recognition. NeuroImage 264, 119754."
        ),
        licence="see the study's OSF project",
        access=(
            "public, got by hand: docs/datasets/things_eeg2.md. The loader was tested on generated files of this "
            "layout only"
        ),
        files=(),
    ),
    regions={EEG: Measure.TIMED_RDMS},
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=(EEG,),
    preprocessing={
        EEG: "by the authors: baseline corrected, 100 Hz, whitened by session; here: crossnobis of 5 pseudo-trials, 4 "
        "permutations, not whitened again"
    },
)
