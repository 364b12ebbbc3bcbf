"""NeuralAssembly: what was measured, aligned to stimuli by their ids."""

from dataclasses import dataclass

from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


@dataclass(frozen=True)
class NeuralAssembly:
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
