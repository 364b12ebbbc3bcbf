"""Huber, Mast & Wichmann 2024: how people and six networks learn to tell three kinds of objects apart.

Twelve people saw 36 images of 18 objects, six times each (epochs), and were told after each answer what was right;
after each epoch they answered to 51 other images without being told. Networks were taught with the same images. The
condition of a trial is `training-EPOCH` or `test-EPOCH`. There are six sets of test images: networks and ten people
saw set E after epoch E, two people saw sets 4, 5, 6, 1, 2, 3. A set shows, of each kind, an object of the training
images from eight other sides, and one that is not among them from nine.
"""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.trial_columns import name_columns
from brainrank.datasets.readers.trials import assembly_of_trials

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "github:wichmann-lab/supervised-learning-dynamics@46a44e68a368d0130771f4261fbdc1caa708f8b0"
REGION = "objects"
PEOPLE = "data/human_classification_data.csv"
NETWORKS = {
    "AlexNet": "alexnet",
    "VGG-16": "vgg16",
    "ResNet-50": "resnet50",
    "ConvNeXt": "convnext",
    "EfficientNet": "efficientnet",
    "ViT": "vit",
}
"""The networks of the study, and what their files call them."""

TRAINING_IMAGES = 36
TRIALS_AN_EPOCH = 87  # 36 of training and 51 after it
TRIALS_A_RUN = 6 * TRIALS_AN_EPOCH
COLUMNS = ("run", "epoch", "phase", "image_name", "ground_truth", "prediction")
PHASES = {"train": "training", "test": "test"}


@cache
def _files() -> dict[str, RemoteFile]:
    """The files that `huber2024_files.csv` lists, by their paths."""
    rows = csv.DictReader(Path(__file__).with_name("huber2024_files.csv").read_text().splitlines())
    return {
        row["path"]: RemoteFile(row["path"].rpartition("/")[2], row["sha256"], (f"{SOURCE}:{row['path']}",))
        for row in rows
    }


class Shown(NamedTuple):
    """An image: its file, its category, the object it shows, and the set it belongs to, `train` or `testset_1` to 6."""

    file: RemoteFile
    category: str
    object: str
    image_set: str


@cache
def shown_images() -> tuple[Shown, ...]:
    """The images, those of training first, then set by set."""
    found = []
    for path, file in _files().items():
        if path.endswith(".png"):
            image_set, category = path.split("/")[-3:-1]
            # second_gen_p_16_x_-30.png: generation, category, number of the object in it, axis and angle of the view
            found.append(Shown(file, category, "_".join(file.name.removesuffix(".png").split("_")[2:4]), image_set))
    return tuple(sorted(found, key=lambda each: (each.image_set != "train", each.image_set)))


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    stimuli = []
    for number, each in enumerate(shown_images(), start=1):
        # One bar instead of a message for each file.
        path = fetch(each.file, locations, reporter=Silent())
        labels = (("category", each.category), ("object", each.object), ("set", each.image_set))
        stimuli.append(Stimulus(each.file.name, path, each.file.sha256, labels))
        reporter.progress("images of huber2024", number, len(shown_images()))
    # In the order of their ids, as trials have them: what a model makes of images has no ids.
    return StimulusSet(f"huber2024-{REGION}", tuple(sorted(stimuli, key=lambda each: each.stimulus_id)))


def _assembly(_region: str, locations: Locations, reporter: Reporter) -> BehaviouralAssembly:
    table = _read(PEOPLE, locations, reporter)
    return _as_trials(table.assign(run=[f"person-{int(each):02}" for each in table["run"]]))


def networks(locations: Locations, reporter: Reporter) -> dict[str, BehaviouralAssembly]:
    """The recorded trials of the study's six networks, by name: 20 runs of each are its observers."""
    return {name: _network(file, locations, reporter) for name, file in NETWORKS.items()}


def read_learner(path: Path) -> BehaviouralAssembly:
    """The trials of a learner of one's own, in the study's columns: `brainrank learn --out` writes them.

    Raises InvalidDataError where a column is missing, and as the readers of trials do.
    """
    import pandas as pd

    if not path.is_file():
        raise InvalidDataError(f"{path} does not exist; give a CSV file with the columns {', '.join(COLUMNS)}")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    lacking = [each for each in COLUMNS if each not in table]
    if lacking:
        raise InvalidDataError(
            f"{path} has no column {', '.join(lacking)} (its columns: {', '.join(table.columns[:8])}); a "
            f"learner's trials have {', '.join(COLUMNS)}"
        )
    unknown = sorted(set(table["phase"]) - set(PHASES))
    if unknown:
        raise InvalidDataError(f"{path}: phase {', '.join(unknown[:5])}; write {' or '.join(PHASES)}")
    return _as_trials(table, models=True, source=str(path))


def learner_table(trials: BehaviouralAssembly) -> "pd.DataFrame":
    """Trials as `read_learner` reads them."""
    import pandas as pd

    phase_of = {phase: written for written, phase in PHASES.items()}
    parts = [str(each).partition("-") for each in trials.condition]
    return pd.DataFrame(
        {
            "run": trials.observer,
            "epoch": [epoch for _, _, epoch in parts],
            "phase": [phase_of[phase] for phase, _, _ in parts],
            "image_name": trials.stimulus_id,
            "ground_truth": trials.category,
            "prediction": trials.response,
        }
    )


def _network(name: str, locations: Locations, reporter: Reporter) -> BehaviouralAssembly:
    table = _read(f"data/{name}_classification_data.csv", locations, reporter)
    runs = [_in_order(run) for _, run in table.groupby("run", sort=False)]
    return _as_trials(_joined(runs), models=True)


def _in_order(run: "pd.DataFrame") -> "pd.DataFrame":
    """The trials of a run as they came, 36 of training and 51 after it in each epoch.

    ViT's file calls the first batch of an epoch one of the epoch before, and its run 20 begins twice, of which the
    whole one is the second: docs/datasets/huber2024.md.
    """
    whole = run.tail(TRIALS_A_RUN)
    phases = whole["phase"].to_numpy()
    counted = {phase: (phases == phase).cumsum() - 1 for phase in PHASES}
    size = {"train": TRAINING_IMAGES, "test": TRIALS_AN_EPOCH - TRAINING_IMAGES}
    epochs = [str(counted[phase][place] // size[phase] + 1) for place, phase in enumerate(phases)]
    return whole.assign(epoch=epochs, run=[f"run-{int(each):02}" for each in whole["run"]])


def _read(path: str, locations: Locations, reporter: Reporter) -> "pd.DataFrame":
    import pandas as pd  # here, as the web process lists studies and reads none

    return pd.read_csv(fetch(_files()[path], locations, reporter=reporter), dtype=str, keep_default_na=False)


def _joined(tables: "list[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    return pd.concat(tables, ignore_index=True)


def _as_trials(
    table: "pd.DataFrame", *, models: bool = False, source: str = "trials of huber2024"
) -> BehaviouralAssembly:
    conditions = [f"{PHASES[phase]}-{epoch}" for phase, epoch in zip(table["phase"], table["epoch"], strict=True)]
    named = name_columns(
        table.assign(condition=conditions, kind="model" if models else "person"),
        source,
        {"observer": "run", "response": "prediction"},
    )
    # Views of one object are no independent images.
    return replace(assembly_of_trials(named), group_of={each.file.name: each.object for each in shown_images()})


DATASET = Dataset(
    card=DatasetCard(
        name="huber2024",
        title="How twelve people and six networks learn three kinds of objects from 36 images in six epochs",
        citation=(
            "Huber, Mast & Wichmann (2024). Comparing supervised learning dynamics: deep neural networks match human "
            "data efficiency but show a generalisation lag. ICLR 2024 Workshop on Representational Alignment; "
            "arXiv:2402.09303."
        ),
        licence="none stated",
        access="public; files of a public repository, in no package",
        files=tuple(_files().values()),
    ),
    regions={REGION: Measure.TRIALS},
    stimuli=_stimuli,
    assembly=_assembly,
    grouped_by={REGION: "the object shown: 36 groups"},
)
