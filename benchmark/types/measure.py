"""Measure: what was measured of a region, which decides the metrics that fit it."""

from enum import StrEnum

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.trials import BehaviouralAssembly, LabelDistributions
from brainrank.benchmark.types.triplets import TripletAssembly

Assembly = RdmAssembly | ResponseAssembly | BehaviouralAssembly | LabelDistributions | TripletAssembly


class Measure(StrEnum):
    """RDMs by subject, responses by target, trials of people, how many people gave each label, or odd ones of three."""

    RDMS = "rdms"
    RESPONSES = "responses"
    TRIALS = "trials"
    LABELS = "labels"
    TRIPLETS = "triplets"


_MEASURES: dict[type[Assembly], Measure] = {
    RdmAssembly: Measure.RDMS,
    ResponseAssembly: Measure.RESPONSES,
    BehaviouralAssembly: Measure.TRIALS,
    LabelDistributions: Measure.LABELS,
    TripletAssembly: Measure.TRIPLETS,
}


def measure_of(assembly: Assembly) -> Measure:
    """Which of the measures an assembly holds."""
    return _MEASURES[type(assembly)]
