"""What was measured at each of many times after a stimulus: RDMs, responses, or how well contrasts were told apart.

Times are in milliseconds from the onset of the stimulus; those before it are negative. What is measured at one time is
an assembly without times (`at`), of which every metric of such assemblies is one of a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly, check_groups
from brainrank.benchmark.types.errors import InvalidDataError


def check_times(times_ms: Float[ndarray, " times"], region: str) -> None:
    """Raise InvalidDataError unless there is a time, and all are finite and ascend."""
    if not len(times_ms):
        raise InvalidDataError(f"{region} has no times; give the time of each measurement, in ms from stimulus onset")
    if not np.isfinite(times_ms).all():
        raise InvalidDataError(
            f"time {np.flatnonzero(~np.isfinite(times_ms))[0] + 1} of {region} is no number; give each in ms from onset"
        )
    later = np.flatnonzero(np.diff(times_ms) <= 0)
    if later.size:
        place = int(later[0])
        raise InvalidDataError(
            f"times of {region} do not ascend: {times_ms[place + 1]:g} ms follows {times_ms[place]:g} ms; sort the "
            "measurements by time, one of each"
        )


def _check_shape(shape: tuple[int, ...], needed: tuple[int | None, ...], names: str, region: str) -> None:
    if len(shape) != len(needed) or any(wanted not in (None, size) for size, wanted in zip(shape, needed, strict=True)):
        told = ", ".join("any" if each is None else str(each) for each in needed)
        raise InvalidDataError(f"{region} has the shape {shape}; ({names}) are ({told})")


@dataclass(frozen=True, eq=False)
class TimedRdms:
    """Condensed RDMs of each subject at each time, as `RdmAssembly` has them of one."""

    region: str
    stimulus_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    times_ms: Float[ndarray, " times"]
    rdms: Float[ndarray, "subjects _times pairs"]
    groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        n = len(self.stimulus_ids)
        check_groups(self.groups, self.stimulus_ids)
        check_times(self.times_ms, self.region)
        needed = (len(self.subjects), len(self.times_ms), n * (n - 1) // 2)
        _check_shape(self.rdms.shape, needed, "subjects, times, pairs", self.region)

    def at(self, time: int) -> RdmAssembly:
        """The RDMs at one of the times, told by number."""
        return RdmAssembly(self.region, self.stimulus_ids, self.subjects, self.rdms[:, time], groups=self.groups)


@dataclass(frozen=True, eq=False)
class TimedResponses:
    """Responses of each target (channel, neuron) to each stimulus at each time; a repeat not measured is NaN."""

    region: str
    stimulus_ids: tuple[str, ...]
    targets: tuple[str, ...]
    times_ms: Float[ndarray, " times"]
    responses: Float[ndarray, "stimuli repeats targets _times"]
    groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_groups(self.groups, self.stimulus_ids)
        check_times(self.times_ms, self.region)
        needed = (len(self.stimulus_ids), None, len(self.targets), len(self.times_ms))
        _check_shape(self.responses.shape, needed, "stimuli, repeats, targets, times", self.region)

    def at(self, time: int) -> ResponseAssembly:
        """The responses at one of the times, told by number."""
        return ResponseAssembly(
            self.region, self.stimulus_ids, self.targets, self.responses[..., time], groups=self.groups
        )


@dataclass(frozen=True, eq=False)
class TimedContrasts:
    """How well two sides of each contrast were told apart in each subject at each time: accuracies, or distances.

    Each contrast sets some stimuli against others: `sides` is 1 for those of the one side, -1 for those of the other,
    0 for all others. `contexts` numbers what stimuli of a contrast have in common besides (the levels of features that
    are not contrasted): a context has stimuli of both sides.
    """

    region: str
    stimulus_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    times_ms: Float[ndarray, " times"]
    contrasts: tuple[str, ...]
    sides: Int[ndarray, "_contrasts stimuli"]
    contexts: Int[ndarray, "_contrasts stimuli"]
    values: Float[ndarray, "subjects _times _contrasts"]

    def __post_init__(self) -> None:
        check_times(self.times_ms, self.region)
        needed = (len(self.subjects), len(self.times_ms), len(self.contrasts))
        _check_shape(self.values.shape, needed, "subjects, times, contrasts", self.region)
        for each in (self.sides, self.contexts):
            _check_shape(each.shape, (len(self.contrasts), len(self.stimulus_ids)), "contrasts, stimuli", self.region)
        one_sided = [
            name
            for name, sides in zip(self.contrasts, self.sides, strict=True)
            if not ((sides == 1).any() and (sides == -1).any())
        ]
        if one_sided:
            raise InvalidDataError(
                f"contrast {', '.join(one_sided[:5])} of {self.region} ({len(one_sided)} in all) has one side only; "
                "mark stimuli of the one side with 1 and of the other with -1"
            )


TimedAssembly = TimedRdms | TimedResponses | TimedContrasts


def window_places(times_ms: Float[ndarray, " times"], start_ms: float, stop_ms: float | None) -> Sequence[int]:
    """The numbers of the times from `start_ms` to `stop_ms`, both included, or to the last.

    Raises InvalidDataError where there is none.
    """
    last = float(times_ms[-1]) if stop_ms is None else stop_ms
    inside = np.flatnonzero((times_ms >= start_ms) & (times_ms <= last))
    if not inside.size:
        raise InvalidDataError(
            f"no time lies between {start_ms:g} and {last:g} ms; the times are {times_ms[0]:g} to {times_ms[-1]:g} ms: "
            "give a window among them"
        )
    return [int(each) for each in inside]
