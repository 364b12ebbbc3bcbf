"""Huber, Geirhos & Wichmann 2023: what children of four ages and adults see in cue-conflict images, and how fast.

The images are those of geirhos2021's cue conflict: the same files, so that a model's features serve both. Each person
saw 12 to 240 of 240 of them, and people of one age need not share any. Trials of `difficulty` 1 are of these images;
those of 0 are of undistorted photographs of ImageNet, which are not at hand, and are left out. The true category is the
shape. In `all-ages` the condition of a trial is the age of its person.
"""

from dataclasses import replace
from pathlib import Path

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets import geirhos2021
from brainrank.datasets.dataset import Dataset, TrainingImages
from brainrank.datasets.readers.trial_columns import name_columns
from brainrank.datasets.readers.trials import assembly_of_trials

IMAGES = "cue-conflict"  # the experiment of geirhos2021
FOLDER = "github:wichmann-lab/robustness-development@88224d4199ec10e3405955b735dcd8d81430b661:data/cue_conflict/humans"
# Names sort from the youngest to the eldest, as conditions are sorted wherever they are shown.
FILES = {
    age: RemoteFile(name, sha256, (f"{FOLDER}/{name}",))
    for age, name, sha256 in (
        ("04-06-years", "4_6.csv", "07d254e530f183572e13e02e0fe83b706c477a44ce305a031b3554577f96fee5"),
        ("07-09-years", "7_9.csv", "08c3171acb6d314a6be3332ac659e630130c9239774f7f4d242eb102b6ded782"),
        ("10-12-years", "10_12.csv", "4f99f8ea443b68ece7f49885f6a4ef42047f555d4c11da969593904c79979496"),
        ("13-15-years", "13_15.csv", "b8fcfdf950e68e4b5816db5e7a2d8ed11bcd68894a5eb83081c0a73041031144"),
        ("adults", "adults.csv", "1c5ff0e400626b432a64ff83d9996a8fdd55a47f5e06e9084c42274af4b55110"),
    )
}
AGES = tuple(FILES)
ALL_AGES = "all-ages"
CUE_CONFLICT = "1"  # of the column `difficulty`


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    return geirhos2021.DATASET.stimuli(IMAGES, locations, reporter)


def _training(_region: str, locations: Locations, reporter: Reporter) -> TrainingImages | None:
    return geirhos2021.DATASET.training(IMAGES, locations, reporter)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> BehaviouralAssembly:
    import pandas as pd  # here, as the web process lists studies and reads none

    ages = AGES if region == ALL_AGES else (region,)
    tables = []
    for age in ages:
        path: Path = fetch(FILES[age], locations, reporter=reporter)
        raw = pd.read_csv(path, dtype=str, keep_default_na=False)
        raw = raw[raw["difficulty"] == CUE_CONFLICT].assign(condition=age)
        # Their prefix (1111_cc_hum_1_) is not that of geirhos2021; the image's own name holds no underscore.
        raw["imagename"] = raw["imagename"].str.split("_").str[-1]
        tables.append(name_columns(raw, str(path), {"observer": "subj"}))
    trials = assembly_of_trials(pd.concat(tables, ignore_index=True))
    return replace(trials, group_of={each: geirhos2021.photograph(each) for each in trials.stimulus_ids})


DATASET = Dataset(
    card=DatasetCard(
        name="robustness2023",
        title="What children of 4 to 15 years and adults see in cue-conflict images, with reaction times",
        citation=(
            "Huber, Geirhos & Wichmann (2023). The developmental trajectory of object recognition robustness: children "
            "are like small adults but unlike big deep neural networks. Journal of Vision 23(7):4. Images: Geirhos, "
            "Rubisch, Michaelis, Bethge, Wichmann & Brendel (2019). ImageNet-trained CNNs are biased towards texture. "
            "ICLR."
        ),
        licence="none stated (trials); CC-BY-4.0 (images)",
        access="public; files of a public repository, and the images of geirhos2021",
        files=(*FILES.values(), *geirhos2021.listed_files(IMAGES, "image")),
    ),
    regions=dict.fromkeys((*AGES, ALL_AGES), Measure.TRIALS),
    stimuli=_stimuli,
    assembly=_assembly,
    training=_training,
    grouped_by=dict.fromkeys((*AGES, ALL_AGES), "the photograph of the shape: 126 groups")
    | {"04-06-years": "the photograph of the shape: 93 groups", "adults": "the photograph of the shape: 111 groups"},
)
