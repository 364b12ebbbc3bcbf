"""NeuralAssembly: what was measured, aligned to stimuli by their ids, as RDMs or as responses."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


def pairs_among(stimuli: Int[ndarray, " kept"], n_stimuli: int) -> Int[ndarray, " kept_pairs"]:
    """Where a condensed RDM of `n_stimuli` holds the pairs of some of its stimuli, in these stimuli's order."""
    first, second = (stimuli[each] for each in np.triu_indices(len(stimuli), k=1))
    row, column = np.minimum(first, second), np.maximum(first, second)
    return np.asarray(row * n_stimuli - row * (row + 1) // 2 + column - row - 1)


@dataclass(frozen=True)
class RdmAssembly:
    """Representational dissimilarities of one region in several subjects.

    `rdms` holds a condensed RDM per subject (pairs of `stimulus_ids`, upper triangle row by row). One "subject" may be
    a pool of animals when a study published no more than that; `pooled` then says so, and there is no noise ceiling.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    rdms: Float[ndarray, "subjects pairs"]
    pooled: bool = False

    def __post_init__(self) -> None:
        n = len(self.stimulus_ids)
        if self.rdms.shape != (len(self.subjects), n * (n - 1) // 2):
            raise InvalidDataError(
                f"RDMs of {self.region} have shape {self.rdms.shape}; {len(self.subjects)} subjects and {n} stimuli "
                f"need ({len(self.subjects)}, {n * (n - 1) // 2})"
            )


@dataclass(frozen=True)
class ResponseAssembly:
    """Responses of the targets (neurons, voxels) of one region to each stimulus, repeat by repeat.

    A repeat that was not measured is NaN; a study that published averages only has one repeat.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    targets: tuple[str, ...]
    responses: Float[ndarray, "stimuli repeats targets"]

    def __post_init__(self) -> None:
        stimuli, _, targets = self.responses.shape
        if (stimuli, targets) != (len(self.stimulus_ids), len(self.targets)):
            raise InvalidDataError(
                f"Responses of {self.region} have shape {self.responses.shape}; {len(self.stimulus_ids)} stimuli and "
                f"{len(self.targets)} targets need ({len(self.stimulus_ids)}, repeats, {len(self.targets)})"
            )


NeuralAssembly = RdmAssembly | ResponseAssembly
