"""Objects in several depictions: each as a photograph, a drawing and a sketch, and how people judged them in each."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.assemblies import check_groups
from brainrank.benchmark.types.errors import InvalidDataError


@dataclass(frozen=True, eq=False)
class DepictionAssembly:
    """One region's objects, each once in every depiction, with people's RDM of the objects in each depiction.

    `groups` names the object of each stimulus and `depicted` its depiction; `rdms` are condensed, over the objects in
    the order of their first stimuli, a row for each of `depictions`. Raises InvalidDataError where an object lacks a
    depiction or has one twice, for fewer than two depictions, and for RDMs of another shape.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    groups: tuple[str, ...]
    depicted: tuple[str, ...]
    depictions: tuple[str, ...]
    rdms: Float[ndarray, "depictions pairs"]

    def __post_init__(self) -> None:
        check_groups(self.groups, self.stimulus_ids)
        shown = list(zip(self.depicted, self.groups, strict=True))
        whole = {(depiction, each) for depiction in self.depictions for each in self.objects}
        if len(self.depictions) < 2 or set(shown) != whole or len(shown) != len(whole):
            raise InvalidDataError(
                f"{self.region} has {len(shown)} stimuli of {len(self.objects)} objects in depictions "
                f"{', '.join(self.depictions)}; give every object once in each of two depictions or more"
            )
        n = len(self.objects)
        if self.rdms.shape != (len(self.depictions), n * (n - 1) // 2):
            raise InvalidDataError(
                f"RDMs of {self.region} have shape {self.rdms.shape}; {len(self.depictions)} depictions of {n} objects "
                f"need ({len(self.depictions)}, {n * (n - 1) // 2})"
            )

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects, in the order of their first stimuli."""
        return tuple(dict.fromkeys(self.groups))

    @property
    def places(self) -> Int[ndarray, "depictions objects"]:
        """Which stimulus shows each object in each depiction."""
        place = {shown: number for number, shown in enumerate(zip(self.depicted, self.groups, strict=True))}
        return np.array([[place[depiction, each] for each in self.objects] for depiction in self.depictions])
