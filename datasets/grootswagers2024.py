"""Grootswagers et al. 2024: EEG of 16 people seeing 256 gratings, how well contrasts of them are decoded over time.

The gratings differ in four features with four levels each: orientation, spatial frequency, colour, contrast. For every
two features and every two levels of each, the authors decoded from the EEG which two of the four combinations were
shown: those that pair the levels one way, or those that pair them the other (216 contrasts, so that neither feature
alone tells them apart). Images followed each other every 150 ms, or every 50 ms: the regions `soa150` and `soa50`.
"""

import csv
import itertools
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.benchmark.types.timed_assemblies import TimedContrasts
from brainrank.datasets.dataset import Dataset

if TYPE_CHECKING:
    import h5py

SOURCE = "github:Tijl/features-eeg@dfc05dc5fb88d074b4e96cbf9f100b76b71faf3c"
FEATURES = ("ori", "sf", "color", "contrast")  # as the files call them, in the order of an image's levels
LEVELS = range(4)
SECONDS = {"soa150": 0.15, "soa50": 0.05}  # between the onsets of two images


@cache
def _files(kind: str) -> tuple[RemoteFile, ...]:
    """The files of a kind (`image` or `decoding`) that `grootswagers2024_files.csv` lists, in order."""
    text = Path(__file__).with_name("grootswagers2024_files.csv").read_text()
    return tuple(
        RemoteFile(row["path"].rpartition("/")[2], row["sha256"], (f"{SOURCE}:{row['path']}",))
        for row in csv.DictReader(text.splitlines())
        if row["kind"] == kind
    )


class _Grating(NamedTuple):
    """An image by its number and its level of each feature, as its file is named."""

    number: int
    levels: tuple[int, ...]

    @classmethod
    def of(cls, name: str) -> "_Grating":
        number, *levels = name.removesuffix(".png").split("_")
        return cls(int(number.removeprefix("stim")), tuple(int(each[-1]) for each in levels))

    @property
    def stimulus_id(self) -> str:
        return f"grating-{self.number:03d}"


def _gratings() -> list[_Grating]:
    return [_Grating.of(each.name) for each in _files("image")]


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    names = ("orientation", "spatial frequency", "colour", "contrast")
    stimuli = []
    for file, grating in zip(_files("image"), _gratings(), strict=True):
        labels = tuple((name, str(level)) for name, level in zip(names, grating.levels, strict=True))
        path = fetch(file, locations, reporter=reporter)
        stimuli.append(Stimulus(grating.stimulus_id, path, file.sha256, labels))
    return StimulusSet("grootswagers2024", tuple(stimuli))


class _Contrast(NamedTuple):
    """Two features, and two levels of each: (a, c) and (b, d) against (a, d) and (b, c)."""

    features: tuple[int, int]
    first: tuple[int, int]
    second: tuple[int, int]

    @property
    def name(self) -> str:
        pair = " x ".join(FEATURES[each] for each in self.features)
        return f"{pair} {self.first[0]}{self.first[1]} {self.second[0]}{self.second[1]}"

    @property
    def label(self) -> str:
        """What the files call it: levels from 1."""
        combinations = (f"{one + 1}{other + 1}" for one in self.first for other in self.second)
        return f"{FEATURES[self.features[0]]}_{FEATURES[self.features[1]]} {'_'.join(combinations)}"

    def sides(self, levels: Int[ndarray, "stimuli features"]) -> Int[ndarray, " stimuli"]:
        """1 for the images of the one pairing, -1 for those of the other."""
        of_pair = zip(self.features, (self.first, self.second), strict=True)
        one, other = (
            (levels[:, feature] == pair[0]).astype(int) - (levels[:, feature] == pair[1]) for feature, pair in of_pair
        )
        return np.asarray(one * other)

    def contexts(self, levels: Int[ndarray, "stimuli features"]) -> Int[ndarray, " stimuli"]:
        """The levels of the other two features, as one number."""
        rest = [each for each in range(len(FEATURES)) if each not in self.features]
        return np.asarray(levels[:, rest[0]] * len(LEVELS) + levels[:, rest[1]])


@cache
def _contrasts() -> Mapping[str, _Contrast]:
    """All contrasts, by what the files call them: `ori_sf 11_12_21_22`."""
    pairs = list(itertools.combinations(LEVELS, 2))
    return {
        _Contrast((one, other), first, second).label: _Contrast((one, other), first, second)
        for one, other in itertools.combinations(range(len(FEATURES)), 2)
        for first in pairs
        for second in pairs
    }


class _Decoding(NamedTuple):
    """Accuracies of one person at each time, and the contrast of each by its name."""

    times_ms: Float[ndarray, " times"]
    accuracies: Float[ndarray, "times contrasts"]
    names: tuple[str, ...]


def _read(path: Path, region: str) -> _Decoding:
    import h5py

    with h5py.File(path) as file:
        rate = np.isclose(file["res/sa/soaduration"][()].ravel(), SECONDS[region])
        labels = zip(_texts(file, "res/sa/featurenames"), _texts(file, "res/sa/levelcombos"), strict=True)
        names = [" ".join(each) for each in labels]
        times = file[file["res/a/fdim/values"][0, 0]][()].ravel()
        return _Decoding(
            times.astype(np.float64),
            file["res/samples"][()][:, rate],
            tuple(name for name, use in zip(names, rate, strict=True) if use),
        )


def _texts(file: "h5py.File", name: str) -> list[str]:
    """A cell array of MATLAB's: each cell is a reference to its text, a number for each character."""
    return ["".join(map(chr, file[cell][()].ravel())) for cell in file[name][()].ravel()]


def _assembly(region: str, locations: Locations, reporter: Reporter) -> TimedContrasts:
    people = [_read(fetch(each, locations, reporter=reporter), region) for each in _files("decoding")]
    first, known = people[0], _contrasts()
    if any(each.names != first.names or not np.array_equal(each.times_ms, first.times_ms) for each in people):
        raise InvalidDataError("the decoding files of grootswagers2024 differ in contrasts or times; fetch them anew")
    contrasts = [known[name] for name in first.names]
    levels = np.array([each.levels for each in _gratings()])
    return TimedContrasts(
        region,
        tuple(each.stimulus_id for each in _gratings()),
        tuple(file.name[: len("sub-01")] for file in _files("decoding")),
        first.times_ms,
        tuple(each.name for each in contrasts),
        np.stack([each.sides(levels) for each in contrasts]),
        np.stack([each.contexts(levels) for each in contrasts]),
        np.stack([each.accuracies for each in people]),
    )


DATASET = Dataset(
    card=DatasetCard(
        name="grootswagers2024",
        title="EEG of 16 people over time, 216 contrasts of 256 gratings, at 6.67 and 20 images a second",
        citation=(
            "Grootswagers, Robinson, Shatek & Carlson (2024). Mapping the dynamics of visual feature coding: Insights "
            "into perception and integration. PLoS Computational Biology 20, e1011760."
        ),
        licence="none stated; the raw recordings are OpenNeuro ds004357",
        access="public",
        files=(*_files("image"), *_files("decoding")),
    ),
    regions=dict.fromkeys(SECONDS, Measure.TIMED_CONTRASTS),
    stimuli=_stimuli,
    assembly=_assembly,
)
