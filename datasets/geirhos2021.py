"""Geirhos et al. 2019 and 2021: what people and networks see in distorted images, the 17 experiments of model-vs-human.

Four to ten people each chose among sixteen categories. Three experiments have images that may be passed on: cue
conflict (1,280 images with the shape of one category and the texture of another), edges and silhouettes (160 each),
which are in the repository of the 2019 paper. The archives of the others, most of them photographs of ImageNet, are
downloaded by hand. Trials of ten experiments are fetched from model-vs-human's repository; those of the other seven,
whose checksums are unknown, are copied from it by hand. The true category of a cue-conflict image is its shape; the 4
to 13 images with the shape of one photograph are a group.
"""

import csv
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from brainrank.benchmark.files.downloads import fetch, locate
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.dataset import Dataset, TrainingImages
from brainrank.datasets.readers.release_archives import archived_images
from brainrank.datasets.readers.trials import read_trials

PULLED_APART = ("cue-conflict", "edge", "silhouette")
UNDISTORTED = {
    "colour": "cr",
    "contrast": "c100",
    "high-pass": "inf",
    "low-pass": "0",
    "phase-scrambling": "0",
    "power-equalisation": "0",
    "false-colour": "true",
    "rotation": "0",
    "eidolonI": "1-10-10",
    "eidolonII": "1-3-10",
    "eidolonIII": "1-0-10",
    "uniform-noise": "0",
}
"""The condition of each parametric experiment that shows the photograph as it was."""

EXPERIMENTS = (*PULLED_APART, *UNDISTORTED, "sketch", "stylized")
FOLDERS = {
    "image": "github:rgeirhos/texture-vs-shape@ccd0c01d42c0a8a834e90ec141e7f24fa915dc23:stimuli",
    "trials": "github:bethgelab/model-vs-human@79ed7cd1d9ac3a114e71b6638f0a98bdd627316c:raw-data",
}
ARCHIVES = "https://github.com/bethgelab/model-vs-human/releases/download/v0.1"
RAW_DATA = "https://github.com/bethgelab/model-vs-human/tree/79ed7cd1d9ac3a114e71b6638f0a98bdd627316c/raw-data"
PEOPLES_TRIALS = "*_subject-*.csv"  # the folder holds the trials of networks, too


@cache
def _listed_files() -> Mapping[tuple[str, str], tuple[RemoteFile, ...]]:
    """The files that `geirhos2021_files.csv` lists, in order, by experiment and kind (`image` or `trials`)."""
    text = Path(__file__).with_name("geirhos2021_files.csv").read_text()
    listed: dict[tuple[str, str], list[RemoteFile]] = {}
    for row in csv.DictReader(text.splitlines()):
        kind, path = row["kind"], row["path"]
        file = RemoteFile(path.rpartition("/")[2], row["sha256"], (f"{FOLDERS[kind]}/{path}",))
        listed.setdefault((row["experiment"], kind), []).append(file)
    return {key: tuple(files) for key, files in listed.items()}


def listed_files(experiment: str, kind: str) -> tuple[RemoteFile, ...]:
    """The files of one kind (`image` or `trials`) of an experiment, in order; none where it lists none."""
    return _listed_files().get((experiment, kind), ())


def _archive(experiment: str, locations: Locations) -> Path:
    return locations.studies / "geirhos2021" / f"{experiment}.tar.gz"


def _own_trials(experiment: str, locations: Locations) -> list[Path]:
    return sorted((locations.studies / "geirhos2021" / experiment).glob(PEOPLES_TRIALS))


def _stimuli(experiment: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    listed = listed_files(experiment, "image")
    stimuli = (_fetch if listed else _unpack)(experiment, locations, reporter)
    return StimulusSet(name=f"geirhos2021-{experiment}", stimuli=stimuli)


def _fetch(experiment: str, locations: Locations, reporter: Reporter) -> tuple[Stimulus, ...]:
    wanted = listed_files(experiment, "image")
    stimuli = []
    for number, file in enumerate(wanted, start=1):
        # One bar instead of a message for each of a thousand files.
        stimuli.append(Stimulus(file.name, fetch(file, locations, reporter=Silent()), file.sha256))
        reporter.progress(f"images of {experiment}", number, len(wanted))
    return tuple(stimuli)


def _unpack(experiment: str, locations: Locations, reporter: Reporter) -> tuple[Stimulus, ...]:
    archive = _archive(experiment, locations)
    if not archive.is_file():
        raise DataUnavailableError(
            f"The images of {experiment} are not here. Download {ARCHIVES}/{archive.name} (photographs are under "
            f"ImageNet's terms) and put it into {archive.parent}; nothing is downloaded whose checksum is unknown"
        )
    shown = _trials(experiment, locations, reporter).stimulus_ids
    return archived_images(archive, shown, locations.datasets / "geirhos2021" / experiment, reporter=reporter)


def _trials(experiment: str, locations: Locations, reporter: Reporter) -> BehaviouralAssembly:
    listed = listed_files(experiment, "trials")
    files = [fetch(each, locations, reporter=reporter) for each in listed] or _own_trials(experiment, locations)
    if not files:
        raise DataUnavailableError(
            f"People's trials of {experiment} are not here. Copy {PEOPLES_TRIALS} from {RAW_DATA}/{experiment} to "
            f"{locations.studies / 'geirhos2021' / experiment}; nothing is downloaded whose checksum is unknown"
        )
    trials = read_trials(files)
    if experiment == "cue-conflict":
        trials = replace(trials, group_of={each: photograph(each) for each in trials.stimulus_ids})
    pairs = np.unique(np.stack([trials.stimulus_id, trials.condition]), axis=1)
    names, number = np.unique(pairs[0], return_counts=True)
    if (number > 1).any():
        raise InvalidDataError(
            f"Trials of {experiment} show {names[number > 1][0]} under several conditions; an image has one, which is "
            "what was done to it: use the files as published"
        )
    return trials


def photograph(stimulus_id: str) -> str:
    """The object photograph whose shape an image shows: `cat7` of `cat7-elephant1.png` and of `cat7.png`.

    Edges, silhouettes and cue-conflict shapes share their numbers. Checked on the images: of the 160 outlines that are
    common to the cue-conflict images of one name, 155 correlate most, among the ten of their category, with the edges
    of the same number and 149 with the outline of that silhouette; 16 would by chance.
    """
    return stimulus_id.partition(".")[0].partition("-")[0]


def _training(experiment: str, locations: Locations, reporter: Reporter) -> TrainingImages:
    if experiment in UNDISTORTED:
        return _undistorted(experiment, locations, reporter)
    return _edges_and_silhouettes(locations, reporter)


def _undistorted(experiment: str, locations: Locations, reporter: Reporter) -> TrainingImages:
    """The experiment's photographs as they were, which its score leaves out: no distortion is seen in training."""
    trials = _trials(experiment, locations, reporter)
    shown = trials.within([UNDISTORTED[experiment]])
    category = dict(zip(shown.stimulus_id.tolist(), shown.category.tolist(), strict=True))
    images = [each for each in _stimuli(experiment, locations, reporter).stimuli if each.stimulus_id in category]
    # They are among the judged images, too, so they need another id; their group keeps them from judging themselves.
    stimuli = tuple(replace(each, stimulus_id=f"undistorted/{each.stimulus_id}") for each in images)
    return TrainingImages(
        stimuli=StimulusSet(name=f"geirhos2021-{experiment}-undistorted", stimuli=stimuli),
        categories=tuple(category[each.stimulus_id] for each in images),
        group_of={f"undistorted/{each.stimulus_id}": each.stimulus_id for each in images},
    )


def _edges_and_silhouettes(locations: Locations, reporter: Reporter) -> TrainingImages:
    """Edges and silhouettes, whose category is their shape's.

    No cue-conflict image is among them: a readout taught to name the shape of those would be taught a shape bias.
    """
    sets = {each: _stimuli(each, locations, reporter) for each in ("edge", "silhouette")}
    # The two experiments share their file names, so a stimulus needs its experiment in its id.
    stimuli = tuple(
        replace(stimulus, stimulus_id=f"{experiment}/{stimulus.stimulus_id}")
        for experiment, images in sets.items()
        for stimulus in images.stimuli
    )
    judged = [file.name for experiment in PULLED_APART for file in listed_files(experiment, "image")]
    return TrainingImages(
        stimuli=StimulusSet(name="geirhos2021-edges-and-silhouettes", stimuli=stimuli),
        categories=tuple(photograph(s.stimulus_id.partition("/")[2]).rstrip("0123456789") for s in stimuli),
        group_of={s.stimulus_id: photograph(s.stimulus_id.partition("/")[2]) for s in stimuli}
        | {each: photograph(each) for each in judged},
    )


def _here(_card: DatasetCard, experiment: str, locations: Locations) -> bool:
    trials, images = listed_files(experiment, "trials"), listed_files(experiment, "image")
    trials_here = all(locate(each, locations) for each in trials) if trials else _own_trials(experiment, locations)
    images_here = (
        all(locate(each, locations) for each in images) if images else _archive(experiment, locations).is_file()
    )
    return bool(trials_here) and images_here


DATASET = Dataset(
    card=DatasetCard(
        name="geirhos2021",
        title="Cue conflict, edges, silhouettes and 14 distortions of photographs: what people saw in them",
        citation=(
            "Geirhos, Rubisch, Michaelis, Bethge, Wichmann & Brendel (2019). ImageNet-trained CNNs are biased towards "
            "texture. ICLR. Geirhos, Narayanappa, Mitzkus, Thieringer, Bethge, Wichmann & Brendel (2021). Partial "
            "success in closing the gap between human and machine vision. NeurIPS."
        ),
        licence="CC-BY-4.0 (cue conflict, edges, silhouettes); sketches MIT; photographs under ImageNet's terms",
        access=(
            "public; files of two public repositories, in no package; archives of the experiments with photographs, "
            "and trials of seven of them, are downloaded by hand (docs/datasets/geirhos2021.md)"
        ),
        files=tuple(file for experiment in EXPERIMENTS for kind in FOLDERS for file in listed_files(experiment, kind)),
    ),
    regions=dict.fromkeys(EXPERIMENTS, Measure.TRIALS),
    stimuli=_stimuli,
    assembly=_trials,
    training=_training,
    grouped_by={"cue-conflict": "the photograph of the shape: 160 groups"},
    here=_here,
    by_hand=tuple(each for each in EXPERIMENTS if each not in PULLED_APART),
)
