"""Dataset: a study's card, and how its files become stimuli and assemblies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from brainrank.benchmark.downloads import locate
from brainrank.benchmark.types.assemblies import NeuralAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.benchmark.types.trials import BehaviouralAssembly


@dataclass(frozen=True)
class LoadedDataset:
    """A study in memory: by region, the stimuli shown and what was measured on them, in the same order."""

    stimuli: Mapping[str, StimulusSet]
    assemblies: Mapping[str, NeuralAssembly | BehaviouralAssembly]


@dataclass(frozen=True)
class Dataset:
    """A study: its card, its regions, and `load`, which fetches what is missing.

    `load` raises DataUnavailableError when a file cannot be had and StorageError when it cannot be written.
    """

    card: DatasetCard
    regions: tuple[str, ...]
    load: Callable[[Locations, Reporter], LoadedDataset]

    def is_here(self, locations: Locations) -> bool:
        """Whether every file lies on this machine already."""
        return all(locate(file, locations) for file in self.card.files)
