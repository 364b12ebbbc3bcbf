"""Measure: what was measured of a region, which decides the metrics that fit it."""

from enum import StrEnum

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.depictions import DepictionAssembly
from brainrank.benchmark.types.timed_assemblies import TimedContrasts, TimedRdms, TimedResponses
from brainrank.benchmark.types.trials import BehaviouralAssembly, LabelDistributions
from brainrank.benchmark.types.triplets import TripletAssembly

Assembly = (
    RdmAssembly
    | ResponseAssembly
    | TimedRdms
    | TimedResponses
    | TimedContrasts
    | BehaviouralAssembly
    | LabelDistributions
    | TripletAssembly
    | DepictionAssembly
)


class Measure(StrEnum):
    """RDMs by subject, responses by target, trials of people, how many people gave each label, odd ones of three,
    RDMs of the same objects in several depictions.

    Those that are timed are RDMs, responses, or how well contrasts were told apart, at each of many times.
    """

    RDMS = "rdms"
    RESPONSES = "responses"
    TIMED_RDMS = "timed-rdms"
    TIMED_RESPONSES = "timed-responses"
    TIMED_CONTRASTS = "timed-contrasts"
    TRIALS = "trials"
    LABELS = "labels"
    TRIPLETS = "triplets"
    DEPICTIONS = "depictions"


_MEASURES: dict[type[Assembly], Measure] = {
    RdmAssembly: Measure.RDMS,
    ResponseAssembly: Measure.RESPONSES,
    TimedRdms: Measure.TIMED_RDMS,
    TimedResponses: Measure.TIMED_RESPONSES,
    TimedContrasts: Measure.TIMED_CONTRASTS,
    BehaviouralAssembly: Measure.TRIALS,
    LabelDistributions: Measure.LABELS,
    TripletAssembly: Measure.TRIPLETS,
    DepictionAssembly: Measure.DEPICTIONS,
}


def measure_of(assembly: Assembly) -> Measure:
    """Which of the measures an assembly holds."""
    return _MEASURES[type(assembly)]
