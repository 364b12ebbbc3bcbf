"""What the tests of studies got by hand share: a folder of studies, images to put there, and an oracle of repeats."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.dataset import Dataset


@dataclass(frozen=True)
class OwnStudies:
    """A home whose folder of studies lies elsewhere, as BRAINRANK_STUDIES sets it."""

    locations: Locations

    def path(self, study: str, name: str) -> Path:
        path = self.locations.studies / study / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def image(self, study: str, name: str, number: int) -> None:
        """Write a small image that no other number has."""
        Image.fromarray(np.full((6, 8, 3), number, dtype=np.uint8)).save(self.path(study, name))

    def load(self, study: Dataset, region: str) -> ResponseAssembly:
        """What was measured in a region, whose stimuli must be the stimulus set's, in the same order."""
        loaded = study.load(region, self.locations, Silent())
        assert isinstance(loaded.assembly, ResponseAssembly)
        assert loaded.assembly.stimulus_ids == loaded.stimuli.ids
        assert study.is_here(region, self.locations)
        return loaded.assembly

    def expected(self, ids: tuple[str, ...], shown: list[str], trials: NDArray[np.floating]) -> NDArray[np.float64]:
        """The oracle of every loader: look through all trials for each stimulus, one stimulus after the other."""
        found = [[trial for trial, name in zip(trials, shown, strict=True) if name == each] for each in ids]
        most = max(map(len, found))
        blank = np.full(trials.shape[1], np.nan)
        return np.array([[*each, *[blank] * (most - len(each))] for each in found])


@pytest.fixture
def own(tmp_path: Path) -> OwnStudies:
    return OwnStudies(Locations(home=tmp_path / "home", own_studies=tmp_path / "studies"))
