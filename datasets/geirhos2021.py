"""Geirhos et al. 2019 and 2021: what people and networks see in images whose shape and texture were pulled apart.

Three experiments whose images may be passed on: cue conflict (1,280 images with the shape of one category and the
texture of another), edges and silhouettes (160 each); ten people each chose among sixteen categories. Images are in the
repository of the 2019 paper, trials in that of model-vs-human. The true category of a cue-conflict image is its shape.
"""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

from brainrank.benchmark.downloads import fetch
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.dataset import Dataset, TrainingImages
from brainrank.datasets.readers.trials import read_trials

EXPERIMENTS = ("cue-conflict", "edge", "silhouette")
FOLDERS = {
    "image": "github:rgeirhos/texture-vs-shape@ccd0c01d42c0a8a834e90ec141e7f24fa915dc23:stimuli",
    "trials": "github:bethgelab/model-vs-human@79ed7cd1d9ac3a114e71b6638f0a98bdd627316c:raw-data",
}


@cache
def listed_files(experiment: str, kind: str) -> tuple[RemoteFile, ...]:
    """The files of one kind (`image` or `trials`) that `geirhos2021_files.csv` lists for an experiment, in order."""
    text = Path(__file__).with_name("geirhos2021_files.csv").read_text()
    return tuple(
        RemoteFile(row["path"].rpartition("/")[2], row["sha256"], (f"{FOLDERS[kind]}/{row['path']}",))
        for row in csv.DictReader(text.splitlines())
        if (row["experiment"], row["kind"]) == (experiment, kind)
    )


def _stimuli(experiment: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    wanted = listed_files(experiment, "image")
    stimuli = []
    for number, file in enumerate(wanted, start=1):
        # One bar instead of a message for each of a thousand files.
        stimuli.append(Stimulus(file.name, fetch(file, locations, reporter=Silent()), file.sha256))
        reporter.progress(f"images of {experiment}", number, len(wanted))
    return StimulusSet(name=f"geirhos2021-{experiment}", stimuli=tuple(stimuli))


def _trials(experiment: str, locations: Locations, reporter: Reporter) -> BehaviouralAssembly:
    return read_trials([fetch(each, locations, reporter=reporter) for each in listed_files(experiment, "trials")])


def photograph(stimulus_id: str) -> str:
    """The object photograph whose shape an image shows: `cat7` of `cat7-elephant1.png` and of `cat7.png`."""
    return stimulus_id.partition(".")[0].partition("-")[0]


def _training(_region: str, locations: Locations, reporter: Reporter) -> TrainingImages:
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
    judged = [each for experiment in EXPERIMENTS for each in _stimuli(experiment, locations, reporter).ids]
    return TrainingImages(
        stimuli=StimulusSet(name="geirhos2021-edges-and-silhouettes", stimuli=stimuli),
        categories=tuple(photograph(s.stimulus_id.partition("/")[2]).rstrip("0123456789") for s in stimuli),
        group_of={s.stimulus_id: photograph(s.stimulus_id.partition("/")[2]) for s in stimuli}
        | {each: photograph(each) for each in judged},
    )


DATASET = Dataset(
    card=DatasetCard(
        name="geirhos2021",
        title="Cue conflict, edges and silhouettes: answers of ten people each among sixteen categories",
        citation=(
            "Geirhos, Rubisch, Michaelis, Bethge, Wichmann & Brendel (2019). ImageNet-trained CNNs are biased towards "
            "texture. ICLR. Geirhos, Narayanappa, Mitzkus, Thieringer, Bethge, Wichmann & Brendel (2021). Partial "
            "success in closing the gap between human and machine vision. NeurIPS."
        ),
        licence="CC-BY-4.0",
        access="public; files of two public repositories, in no package",
        files=tuple(file for experiment in EXPERIMENTS for kind in FOLDERS for file in listed_files(experiment, kind)),
    ),
    regions=EXPERIMENTS,
    stimuli=_stimuli,
    assembly=_trials,
    training=_training,
)
