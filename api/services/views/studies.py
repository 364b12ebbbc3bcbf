"""What studies showed, for readers: from files that lie on this machine, never fetched because somebody looks."""

import time
from functools import lru_cache

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import BrainrankError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset

STIMULUS_SETS_KEPT = 16
LOOKED_FOR_EVERY_S = 60.0
UNSTATED = ("none stated", "not looked up", "see ")


class Studies:
    """The studies of a catalogue, as far as their files are here."""

    def __init__(self, catalogue: Catalogue, locations: Locations) -> None:
        self._catalogue, self._locations = catalogue, locations
        self._here: dict[tuple[str, str], tuple[float, bool]] = {}
        # What raises is not kept: what is not here now may be here later.
        self._stimuli = lru_cache(STIMULUS_SETS_KEPT)(self._read_stimuli)

    def dataset(self, name: str) -> Dataset:
        """The data set of that name. Raises NotFoundError with the nearest names."""
        try:
            return self._catalogue.dataset(name)
        except UnknownNameError as error:
            raise NotFoundError(str(error)) from error

    def is_here(self, dataset: str, region: str) -> bool:
        """Whether all files of a region lie here, as of a minute ago: a study may be a thousand files."""
        looked_at, here = self._here.get((dataset, region), (-LOOKED_FOR_EVERY_S, False))
        if time.monotonic() - looked_at >= LOOKED_FOR_EVERY_S:
            here = self.dataset(dataset).is_here(region, self._locations)
            self._here[dataset, region] = time.monotonic(), here
        return here

    def can_be_had(self, dataset: str, region: str) -> bool:
        """Whether a region's files lie here, as of a minute ago, or are fetched when they are first needed."""
        return region not in self.dataset(dataset).by_hand or self.is_here(dataset, region)

    def require(self, dataset: str, region: str) -> None:
        """Raise NotFoundError unless all files of a region lie here."""
        if not self.is_here(dataset, region):
            raise NotFoundError(f"The files of {dataset}, {region}, are not on this machine")

    def why_hidden(self, dataset: str, region: str) -> str:
        """Why the images of a region are not shown; empty where they are.

        Images that one has to get oneself come under terms that nobody here has agreed to for the reader.
        """
        study = self.dataset(dataset)
        if region not in study.regions:
            return str(UnknownNameError(f"region of {dataset}", region, study.regions))
        if region in study.by_hand:
            return f"The images are not shown: one gets them oneself, under their own terms ({study.card.licence})"
        if not allows_images(study.card.licence):
            return f"The images are not shown: their licence does not say that they may be ({study.card.licence})"
        if not self.is_here(dataset, region):
            return "The images are not on this machine; they are fetched when a model is first scored on them here"
        return ""

    def stimuli(self, dataset: str, region: str) -> StimulusSet:
        """What was shown. Raises NotFoundError where it is not to be shown to readers (`hidden`)."""
        reason = self.why_hidden(dataset, region)
        if reason:
            raise NotFoundError(reason)
        return self._stimuli(dataset, region)

    def _read_stimuli(self, dataset: str, region: str) -> StimulusSet:
        try:
            return self.dataset(dataset).stimuli(region, self._locations, Silent())
        except BrainrankError as error:
            raise NotFoundError(f"The images of {dataset}, {region}, cannot be read here: {error}") from error


def allows_images(licence: str) -> bool:
    """Whether a licence, as a card states it, lets images be shown: one is stated, the images' own if they have one.

    A card tells parts apart by semicolons, as `none stated (trials); CC-BY-4.0 (images)`.
    """
    parts = [each.strip() for each in licence.split(";")]
    of_images = [each for each in parts if "image" in each] or parts[:1]
    return not any(each.startswith(UNSTATED) for each in of_images)
