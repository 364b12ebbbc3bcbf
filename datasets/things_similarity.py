"""THINGS-similarity (Hebart et al. 2020, 2023): which of three objects is the odd one out, in 4.7 million judgements.

Read are the triplets that many people judged, as only these tell how far people agree: 1,000 of the first study and
1,000 of the second. Triplets judged once (the training and validation sets of the studies) and by the same person again
are left out. An object is shown by the first image of its concept in the THINGS database.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.readers.own_files import OwnFiles, reading, stimuli_of

JUDGEMENTS = "judgements"
TABLE = "triplets_large_final_correctednc_correctedorder.csv"
CONCEPTS = "unique_id.txt"
IMAGES = "images"
OBJECTS = ("image1", "image2", "image3")
COLUMNS = (*OBJECTS, "choice", "noise_ceiling", "subject_id")
JUDGED_BY_MANY = (1, 3)  # of `noise_ceiling`: by people of the first and of the second study; 2 is by one person twice

FILES = OwnFiles("things_similarity", needed=lambda _region: (TABLE, CONCEPTS, IMAGES))


def _concepts(locations: Locations) -> tuple[str, ...]:
    """The names of the concepts in the order in which the table numbers them, from 1."""
    path = FILES.path(CONCEPTS, locations)
    with reading(path):
        found = tuple(path.read_text().split())
    if len(set(found)) < len(found) or not found:
        raise InvalidDataError(f"{path} names {len(found)} concepts, {len(set(found))} different ones; fetch it again")
    return found


def _image(concept: str, locations: Locations) -> Path:
    folder = FILES.path(f"{IMAGES}/{concept}", locations)
    found = sorted(folder.glob(f"{concept}_01*.jpg"))
    if len(found) != 1:
        raise InvalidDataError(
            f"{folder} has {len(found)} images named {concept}_01*.jpg; the THINGS database has one: unpack it anew"
        )
    return found[0]


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    concepts = _concepts(locations)
    _, judged = _judgements(locations, len(concepts))
    named = [(concepts[each], _image(concepts[each], locations)) for each in judged]
    return StimulusSet("things_similarity", stimuli_of(named, stage="images of things_similarity", reporter=reporter))


def _assembly(region: str, locations: Locations, _reporter: Reporter) -> TripletAssembly:
    concepts = _concepts(locations)
    (triplets, people), judged = _judgements(locations, len(concepts))
    ids = tuple(concepts[each] for each in judged)
    return TripletAssembly(region, ids, np.searchsorted(judged, triplets), subjects=people)


def _judgements(
    locations: Locations, concepts: int
) -> tuple[tuple[Int[ndarray, "judgements three"], tuple[str, ...]], Sequence[int]]:
    """The judgements, the odd one last, with who judged; and the objects in them, numbered from 0, rising."""
    import pandas as pd  # here, as the web process lists studies and reads none

    path = FILES.path(TABLE, locations)
    with reading(path):
        table = pd.read_csv(path, sep="\t", usecols=list(COLUMNS), dtype={"subject_id": str})
    table = table[table["noise_ceiling"].isin(JUDGED_BY_MANY)]
    objects, place = table[list(OBJECTS)].to_numpy(), table["choice"].to_numpy()
    if not len(table) or not np.isin(place, (1, 2, 3)).all() or objects.min() < 1 or objects.max() > concepts:
        raise InvalidDataError(
            f"{path} has {len(table)} judgements of triplets that many judged; each needs objects 1 to {concepts} and "
            "a choice of 1, 2 or 3: take both files of the same project"
        )
    objects = objects.astype(np.int64) - 1
    odd = np.arange(3) == place[:, None].astype(np.int64) - 1
    triplets = np.column_stack([objects[~odd].reshape(-1, 2), objects[odd]])
    return (triplets, tuple(table["subject_id"])), np.unique(triplets).tolist()


DATASET = Dataset(
    card=DatasetCard(
        name="things_similarity",
        title="THINGS-similarity: the odd one out of three objects, as people judge it",
        citation=(
            "Hebart, Zheng, Pereira & Baker (2020). Revealing the multidimensional mental representations of natural "
            "objects underlying human similarity judgements. Nature Human Behaviour 4. Hebart et al. (2023). "
            "THINGS-data, a multimodal collection of large-scale datasets for investigating object representations in "
            "human brain and behavior. eLife 12."
        ),
        licence="see the study's OSF project; the images are those of the THINGS database, under its own terms",
        access=(
            "public, got by hand: docs/datasets/things_similarity.md. The loader was tested on generated files of this "
            "layout only"
        ),
        files=(),
    ),
    regions={JUDGEMENTS: Measure.TRIPLETS},
    stimuli=_stimuli,
    assembly=_assembly,
    here=FILES.here,
    by_hand=(JUDGEMENTS,),
    preprocessing={
        JUDGEMENTS: "by the authors: people left out whose answers were too fast, or whose age and sex changed; here: "
        "triplets that many judged alone"
    },
)
