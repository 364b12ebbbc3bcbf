"""NeuralAssembly: what was measured, aligned to stimuli by their ids, as RDMs or as responses.

`groups` names, for each stimulus, the group it belongs to: photographs of one object, frames of one film, copies.
Stimuli of a group are not independent, so they stay together in every fold and half, and are drawn together in every
bootstrap. None: each stimulus stands for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.brain_space import TargetPositions, check_positions
from brainrank.benchmark.types.errors import InvalidDataError


def check_groups(groups: Sequence[str] | None, stimulus_ids: Sequence[str]) -> None:
    """Raise InvalidDataError unless there is one group for each stimulus, or there are no groups."""
    if groups is not None and len(groups) != len(stimulus_ids):
        raise InvalidDataError(f"{len(groups)} groups for {len(stimulus_ids)} stimuli; give one for each stimulus")


@dataclass(frozen=True)
class RdmAssembly:
    """Representational dissimilarities of one region in several subjects.

    `rdms` holds a condensed RDM per subject (pairs of `stimulus_ids`, upper triangle row by row). One "subject" may be
    a pool of animals when a study published no more than that; `pooled` then says so, and there is no noise ceiling.
    `squared` RDMs are squared distances of patterns, as 1 - r is of standardised ones: a Gram matrix follows from them.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    rdms: Float[ndarray, "subjects pairs"]
    pooled: bool = False
    groups: tuple[str, ...] | None = None
    squared: bool = False

    def __post_init__(self) -> None:
        n = len(self.stimulus_ids)
        check_groups(self.groups, self.stimulus_ids)
        if self.rdms.shape != (len(self.subjects), n * (n - 1) // 2):
            raise InvalidDataError(
                f"RDMs of {self.region} have shape {self.rdms.shape}; {len(self.subjects)} subjects and {n} stimuli "
                f"need ({len(self.subjects)}, {n * (n - 1) // 2})"
            )


@dataclass(frozen=True)
class ResponseAssembly:
    """Responses of the targets (neurons, voxels) of one region to each stimulus, repeat by repeat.

    A repeat that was not measured is NaN; a study that published averages only has one repeat. `positions` say where
    the targets lie, where that is known: their scores can then be mapped.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    targets: tuple[str, ...]
    responses: Float[ndarray, "stimuli repeats targets"]
    groups: tuple[str, ...] | None = None
    positions: TargetPositions | None = None

    def __post_init__(self) -> None:
        check_groups(self.groups, self.stimulus_ids)
        check_positions(self.targets, self.positions, self.region)
        stimuli, _, targets = self.responses.shape
        if (stimuli, targets) != (len(self.stimulus_ids), len(self.targets)):
            raise InvalidDataError(
                f"Responses of {self.region} have shape {self.responses.shape}; {len(self.stimulus_ids)} stimuli and "
                f"{len(self.targets)} targets need ({len(self.stimulus_ids)}, repeats, {len(self.targets)})"
            )


NeuralAssembly = RdmAssembly | ResponseAssembly
