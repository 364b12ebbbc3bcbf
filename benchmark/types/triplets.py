"""Odd-one-out triplets: of three stimuli, which one people found least like the other two."""

from dataclasses import dataclass

from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.types.assemblies import check_groups
from brainrank.benchmark.types.errors import InvalidDataError


@dataclass(frozen=True, eq=False)
class TripletAssembly:
    """Judgements of one region (a group of people): the numbers of three stimuli, the odd one last.

    `subjects` names who judged each, where it is known. Raises InvalidDataError for columns of different lengths, a
    triplet of fewer than three different stimuli, or numbers of none.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    triplets: Int[ndarray, "judgements three"]
    subjects: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_groups(self.groups, self.stimulus_ids)
        n = len(self.triplets)
        if not n or self.triplets.shape != (n, 3):
            raise InvalidDataError(f"Triplets have shape {self.triplets.shape}; give three stimuli for each of some")
        if self.triplets.min() < 0 or self.triplets.max() >= len(self.stimulus_ids):
            raise InvalidDataError(
                f"Triplets number stimuli from {self.triplets.min()} to {self.triplets.max()}; there are "
                f"{len(self.stimulus_ids)}, from 0"
            )
        a, b, c = self.triplets.T
        if ((a == b) | (a == c) | (b == c)).any():
            raise InvalidDataError("A triplet holds a stimulus twice; the odd one is of three that differ")
        if self.subjects is not None and len(self.subjects) != n:
            raise InvalidDataError(f"{len(self.subjects)} subjects for {n} judgements; give one for each")
