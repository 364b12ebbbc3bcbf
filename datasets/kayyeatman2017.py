"""Kay & Yeatman 2017, experiment 2: how strongly the face-selective area of one person responds to 115 stimuli.

The area (FFA) has one number for each stimulus: the beta of the general linear model in percent signal change, mean
over its voxels, median over 100 bootstraps. Those are draws of runs, not repeats: their spread is the standard error of
the beta, so that they are not read as repeats, and there is no noise ceiling of repeats. Images are stored column by
column, as MATLAB does. The file's other area, word-selective, is no region here: all words are versions of one image,
and a model fitted to the rest has seen none. docs/datasets/kayyeatman2017.md has what was found of both.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.groups import groups_of
from brainrank.datasets.readers.hdf5 import reading_hdf5
from brainrank.datasets.stimulus_files import bitmap, stimulus_file

if TYPE_CHECKING:
    import h5py

EXPERIMENT = RemoteFile(
    name="experiment2.mat",
    sha256="0209da54eea5157c6812c1f676b987d7af2e4702cf5d1c14edb6bc67ff37797a",
    sources=("github:cvnlab/vtcipsmodel@a2d0770ac8f2d5041af0487ee72f670c42b5e4a1:experiment2.mat",),
)
AREA = "FFA"
VISUAL_DEGREES = 6.25  # of 750 pixels: the objects are 240 wide, which the study's code has as 2 degrees
# One face at four contrasts and with more and more of its phases kept, the noise being what is left with none; one
# word likewise. The rest are one image each.
FAMILIES = {"face": ("FACE", "NOISE"), "word": ("WORD",)}


class _Experiment(NamedTuple):
    """The images, what each is called, and the area's response to it."""

    images: UInt8[ndarray, "stimuli height width"]
    labels: tuple[str, ...]
    responses: Float[ndarray, " stimuli"]

    @property
    def stimulus_ids(self) -> tuple[str, ...]:
        """The labels as ids."""
        return tuple(label.lower() for label in self.labels)


def _experiment(locations: Locations, reporter: Reporter) -> _Experiment:
    with reading_hdf5(fetch(EXPERIMENT, locations, reporter=reporter)) as stored:
        place = _texts(stored, "roilabels").index(AREA)
        return _Experiment(
            stored["stimuli"][:, 0].transpose(0, 2, 1),
            _texts(stored, "stimlabels"),
            stored["subjectbeta"][:, place, 0].astype(np.float64),
        )


def _texts(stored: "h5py.File", name: str) -> tuple[str, ...]:
    """A cell array of MATLAB's: each cell is a reference to its text, a number for each character."""
    return tuple("".join(map(chr, stored[cell][()].ravel())) for cell in stored[name][()].ravel())


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    experiment, folder = _experiment(locations, reporter), locations.datasets / "kayyeatman2017"
    stimuli = tuple(
        stimulus_file(bitmap(image), folder / f"{stimulus_id}.bmp", stimulus_id)
        for image, stimulus_id in zip(experiment.images, experiment.stimulus_ids, strict=True)
    )
    return StimulusSet(name="kayyeatman2017", stimuli=stimuli, visual_degrees=VISUAL_DEGREES)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> ResponseAssembly:
    experiment = _experiment(locations, reporter)
    ids = experiment.stimulus_ids
    family = {
        each: name
        for each, label in zip(ids, experiment.labels, strict=True)
        for name, beginnings in FAMILIES.items()
        if label.startswith(beginnings)
    }
    return ResponseAssembly(
        region,
        ids,
        (f"mean of {AREA}",),
        experiment.responses[:, None, None],
        groups=groups_of(ids, family),
    )


DATASET = Dataset(
    card=DatasetCard(
        name="kayyeatman2017",
        title="Human face-selective area, fMRI, mean response of one person to 115 stimuli",
        citation=(
            "Kay & Yeatman (2017). Bottom-up and top-down computations in word- and face-selective cortex. eLife 6, "
            "e22341."
        ),
        licence="CC-BY 3.0 (the repository)",
        access="public; one file of a public repository, in no package",
        files=(EXPERIMENT,),
    ),
    regions={"ffa": Measure.RESPONSES},
    stimuli=_stimuli,
    assembly=_assembly,
    grouped_by={"ffa": "the face, or word, that is changed: groups of 11 and 8 stimuli"},
    subject_of={"ffa": "the one person of experiment 2"},
)
