"""Dataset: a study's card, and how its files become stimuli and assemblies, region by region."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from brainrank.benchmark.files.downloads import locate
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet


@dataclass(frozen=True)
class TrainingImages:
    """Images with their categories, from which a readout is fitted for models without a head of their own.

    `group_of` tells, by stimulus id, which images show the same photograph, those to be judged included: an image is
    never judged by a readout that saw its photograph.
    """

    stimuli: StimulusSet
    categories: tuple[str, ...]
    group_of: Mapping[str, str]


class LoadedRegion(NamedTuple):
    """A region of a study in memory: what was shown, what was measured on it, and images to fit a readout on.

    `subject` is the one person or animal it was measured in; empty where they are several, or not told.
    """

    stimuli: StimulusSet
    assembly: Assembly
    training: TrainingImages | None
    subject: str = ""


def _no_training_images(_region: str, _locations: Locations, _reporter: Reporter) -> None:
    return None


def _files_of_the_card(card: DatasetCard, _region: str, locations: Locations) -> bool:
    return all(locate(file, locations) for file in card.files)


@dataclass(frozen=True)
class Dataset:
    """A study: its card, its regions (or experiments) with what was measured of each, and how each is had.

    What is missing is fetched. `stimuli`, `assembly` and `training` take a region, and raise DataUnavailableError when
    a file cannot be had and StorageError when it cannot be written. What was measured can be had without the images.
    `here` says whether a region's files lie on this machine already; `by_hand` are the regions some of whose files one
    must get oneself.
    `grouped_by` says, by region, what makes the groups of its stimuli, where not every one stands for itself; `squared`
    are the regions whose RDMs are squared distances, as 1 - r is. `preprocessing` says, by region, how what was
    measured was made of what was recorded. `subject_of` tells, of regions that were measured in one person or animal,
    which: regions of one subject are no independent witnesses. `version` is that of benchmarks nobody declared.
    """

    card: DatasetCard
    regions: Mapping[str, Measure]
    stimuli: Callable[[str, Locations, Reporter], StimulusSet]
    assembly: Callable[[str, Locations, Reporter], Assembly]
    training: Callable[[str, Locations, Reporter], TrainingImages | None] = _no_training_images
    here: Callable[[DatasetCard, str, Locations], bool] = _files_of_the_card
    by_hand: Collection[str] = ()
    grouped_by: Mapping[str, str] = field(default_factory=dict)
    squared: Collection[str] = ()
    preprocessing: Mapping[str, str] = field(default_factory=dict)
    subject_of: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    def load(self, region: str, locations: Locations, reporter: Reporter) -> LoadedRegion:
        """Load one region whole. Raises UnknownNameError when the study has no such region."""
        if region not in self.regions:
            raise UnknownNameError(f"region of {self.card.name}", region, self.regions)
        return LoadedRegion(
            self.stimuli(region, locations, reporter),
            self.assembly(region, locations, reporter),
            self.training(region, locations, reporter),
            self.subject_of.get(region, ""),
        )

    def can_be_had(self, region: str, locations: Locations) -> bool:
        """Whether a region's files lie here or are fetched when they are first needed."""
        return region not in self.by_hand or self.is_here(region, locations)

    def is_here(self, region: str, locations: Locations) -> bool:
        """Whether every file of a region lies on this machine already."""
        return self.here(self.card, region, locations)
