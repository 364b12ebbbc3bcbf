"""Which axis of an array is which: told by the file, or by its user, or by the one reading that fits; never guessed."""

from collections.abc import Sequence
from itertools import permutations

from brainrank.benchmark.types.errors import InvalidDataError

AXES = ("stimuli", "repeats", "targets", "times")
NAMES = {
    "stimuli": ("stimuli", "stimulus", "stimulus_id", "image", "images", "image_id", "presentation", "presentations"),
    "repeats": ("repeats", "repeat", "repetition", "repetitions", "repeat_id", "rep", "reps"),
    "targets": (
        "targets", "target", "target_id", "neuroid", "neuroids", "neuroid_id", "unit", "units", "neuron", "neurons",
        "voxel", "voxels", "voxel_id", "channel", "channels", "electrode", "electrodes", "site", "sites",
    ),
    "times": ("times", "time", "times_ms", "time_ms", "time_bin", "time_bins"),
}  # fmt: skip
"""What files call the axes."""


def axis_called(name: str) -> str | None:
    """Which of AXES a name means; None where it means none."""
    return next((axis for axis, names in NAMES.items() if name.lower() in names), None)


TIMES_IN_MS = ("time_ms", "times_ms")
"""Names under which a file tells its times in ms from stimulus onset; under another their unit is not known."""
BINS_IN_MS = ("time_bin_start", "time_bin_end")
"""What Brain-Score's files tell of bins of time, in ms from stimulus onset; a bin's time is its middle."""


def readings(
    shape: Sequence[int], stimuli: int, times: int | None = None, targets: int | None = None
) -> list[tuple[str, ...]]:
    """The orders of axes in which an array of some shape is of so many stimuli, and times and targets if known."""
    known = {"stimuli": stimuli, "times": times, "targets": targets}
    lengths = {axis: length for axis, length in known.items() if length is not None}
    plain = {2: ("stimuli", "targets"), 3: ("stimuli", "repeats", "targets")}
    timed = {3: ("stimuli", "targets", "times"), 4: AXES}
    named = (plain if times is None else timed).get(len(shape), ())
    found = permutations(named) if named else ()
    return [axes for axes in found if all(shape[axes.index(axis)] == length for axis, length in lengths.items())]


def choose_axes(
    shape: Sequence[int],
    stimuli: int,
    *,
    times: int | None = None,
    targets: int | None = None,
    what: str,
    remedy: str,
    option: str,
) -> tuple[str, ...]:
    """The axes of an array that can be read in one way.

    Raises InvalidDataError, beginning with `what`, where it cannot (ending with `remedy`), or in several (each named as
    `option` takes it).
    """
    fitting = readings(shape, stimuli, times, targets)
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        counted = f"{stimuli} stimuli" + ("" if times is None else f" and {times} times")
        counted += "" if targets is None else f", and the mask marks {targets}"
        raise InvalidDataError(f"{what} has shape {tuple(shape)}, and there are {counted}; {remedy}")
    told = " or ".join(
        " x ".join(f"{length} {axis}" for length, axis in zip(shape, axes, strict=True)) for axes in fitting
    )
    ways = " or ".join(option.format(_axes_text(axes, option)) for axes in fitting)
    raise InvalidDataError(f"{what} has shape {tuple(shape)}, which may be {told}; say which: {ways}")


def _axes_text(axes: Sequence[str], option: str) -> str:
    return ",".join(axes) if option.startswith("--") else ", ".join(f'"{axis}"' for axis in axes)


def stated_axes(text: str) -> tuple[str, ...]:
    """The axes of a comma-separated list. Raises InvalidDataError unless `are_axes`."""
    axes = tuple(part.strip() for part in text.split(","))
    if not are_axes(axes):
        raise InvalidDataError(f"axes '{text}': name {AXES_RULE}")
    return axes


AXES_RULE = "stimuli and targets, with or without repeats and times, each once"


def are_axes(axes: Sequence[str]) -> bool:
    """Whether these are axes of responses: stimuli and targets, and repeats and times where there are any."""
    return {"stimuli", "targets"} <= set(axes) <= set(AXES) and len(set(axes)) == len(axes)
