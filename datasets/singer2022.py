"""Singer et al. 2022: 42 objects as photographs, drawings and sketches, and how alike people find them in each.

People left out the odd one of three images of one depiction. The files named RDM hold similarities: the share of the
judgements of two objects together in which they were kept as a pair, 0 on the diagonal (so does the study's code that
makes them; it compares networks with 1 - share, as is done here). Objects are in alphabetical order in all files.
The region `depictions` has all 126 images, which says whether a model has one geometry of the objects.
"""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import condensed_rdm
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.depictions import DepictionAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset

SOURCE = "github:Singerjohannes/object_drawing_DNN@28a814997d4d98f67fc45da7af9e3c5730381157"
DEPICTIONS = {"photos": "photo", "drawings": "drawing", "sketches": "sketch"}
"""The depictions, by the folder of their images, and what their other files call them."""

ALL = "depictions"


@cache
def _files() -> dict[str, RemoteFile]:
    """The files that `singer2022_files.csv` lists, by their paths."""
    rows = csv.DictReader(Path(__file__).with_name("singer2022_files.csv").read_text().splitlines())
    return {
        row["path"]: RemoteFile(row["path"].replace("/", "-"), row["sha256"], (f"{SOURCE}:{row['path']}",))
        for row in rows
    }


class _Shown(NamedTuple):
    """An image: its depiction, the object, and its file."""

    depiction: str
    object: str
    file: RemoteFile

    @property
    def stimulus_id(self) -> str:
        return f"{self.depiction}-{self.object}"


def _shown(region: str) -> Iterator[_Shown]:
    """The images of a region, depiction by depiction, objects in alphabetical order."""
    for depiction in DEPICTIONS if region == ALL else (region,):
        for path, file in _files().items():
            if path.startswith(f"stimuli/{depiction}/"):
                yield _Shown(depiction, Path(path).stem, file)


def _stimuli(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    return StimulusSet(
        name=f"singer2022-{region}",
        stimuli=tuple(
            Stimulus(
                each.stimulus_id,
                fetch(each.file, locations, reporter=reporter),
                each.file.sha256,
                (("category", each.object), ("depiction", each.depiction)),
            )
            for each in _shown(region)
        ),
    )


def _rdm(depiction: str, locations: Locations, reporter: Reporter) -> Float[ndarray, " pairs"]:
    """How unlike people find the objects in a depiction: 1 - the share of judgements that kept two together."""
    kind = DEPICTIONS[depiction]
    path = fetch(_files()[f"data/{kind}_behav_RDM.mat"], locations, reporter=reporter)
    return 1 - condensed_rdm(scipy.io.loadmat(path)[f"{kind}_RDM_behav"])


def _assembly(region: str, locations: Locations, reporter: Reporter) -> RdmAssembly | DepictionAssembly:
    shown = list(_shown(region))
    ids = tuple(each.stimulus_id for each in shown)
    if region == ALL:
        return DepictionAssembly(
            region,
            ids,
            groups=tuple(each.object for each in shown),
            depicted=tuple(each.depiction for each in shown),
            depictions=tuple(DEPICTIONS),
            rdms=np.stack([_rdm(each, locations, reporter) for each in DEPICTIONS]),
        )
    return RdmAssembly(region, ids, ("people together",), _rdm(region, locations, reporter)[None], pooled=True)


DATASET = Dataset(
    card=DatasetCard(
        name="singer2022",
        title="42 objects as photographs, drawings and sketches: people's judgements of similarity in each",
        citation=(
            "Singer, Seeliger, Kietzmann & Hebart (2022). From photos to sketches: how humans and deep neural networks "
            "process objects across different levels of visual abstraction. Journal of Vision 22(2), 4."
        ),
        licence="none stated",
        access="public; files of a public repository, in no package",
        files=tuple(_files().values()),
    ),
    regions={**dict.fromkeys(DEPICTIONS, Measure.RDMS), ALL: Measure.DEPICTIONS},
    stimuli=_stimuli,
    assembly=_assembly,
    grouped_by={ALL: "the object: 42 groups of three images"},
)
