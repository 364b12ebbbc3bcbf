"""Trials with the time for which each image was shown, as one assembly for each kind of images.

The time is a column of its own (`DURATIONS`, in milliseconds, or seconds where its name says so), the kind of images is
the condition. In the assemblies the condition is the time. A model has no presentation time: its rows may leave it
empty, and then hold at every time at which people saw the image.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.readers.trial_columns import read_columns
from brainrank.datasets.readers.trials import (
    MODEL_WORDS,
    ONLY_CONDITION,
    assembly_of_trials,
    stimulus_id_of,
    trial_files,
)

if TYPE_CHECKING:
    import pandas as pd

DURATIONS = {
    "duration_ms": 1.0,
    "presentation_time_ms": 1.0,
    "presentation_ms": 1.0,
    "exposure_ms": 1.0,
    "duration_s": 1000.0,
    "presentation_time_s": 1000.0,
}
"""Headings of the column of presentation times, and milliseconds in their unit."""
UNTIMED, FAULTY = "", "faulty"


def read_presentation_times(
    paths: Iterable[Path], *, categories: Sequence[str] | None = None, columns: Mapping[str, str] | None = None
) -> dict[str, BehaviouralAssembly]:
    """Read trials from CSV files by condition; within each the condition is the presentation time in ms, as `8.3`.

    A model's trials without a time are there at every time at which people saw the image. Raises InvalidDataError for
    files without a column of times, times of people that are no numbers above zero, conditions without people, and as
    `read_trials`.
    """
    import pandas as pd  # here, as the web process lists studies and reads none

    table = pd.concat([_read(file, dict(columns or {})) for file in trial_files(paths)], ignore_index=True)
    found = {}
    for condition, some in table.groupby("kind_of_images", sort=True):
        times = sorted({each for each in some["condition"] if each != UNTIMED}, key=float)
        if not times:
            raise InvalidDataError(
                f"No trial of {condition} has a presentation time; give those of people, who see an image for a time"
            )
        timed = some[some["condition"] != UNTIMED]
        untimed = some[some["condition"] == UNTIMED]
        answered = [untimed[untimed["image"].isin(timed.loc[timed["condition"] == each, "image"])] for each in times]
        everywhere = [part.assign(condition=each) for each, part in zip(times, answered, strict=True)]
        both = pd.concat([timed, *(each for each in everywhere if len(each))], ignore_index=True)
        found[str(condition)] = assembly_of_trials(both, categories=categories)
    return found


def _read(path: Path, columns: dict[str, str]) -> "pd.DataFrame":
    """Trials whose condition is the time in ms, and `kind_of_images` the condition of the file."""
    heading, unit = _column_of_times(path)
    stated = columns | {"condition": heading}
    timed = read_columns(path, stated)
    told = columns.get("condition") or _heading(path, ["condition"])
    kinds = read_columns(path, columns | {"condition": told})["condition"].to_numpy() if told else ONLY_CONDITION
    milliseconds = timed["condition"].map(lambda text: _milliseconds(text, unit))
    is_model = timed["kind"].str.lower().isin(MODEL_WORDS)
    faulty = timed[(milliseconds == FAULTY) | (~is_model & (milliseconds == UNTIMED))]
    if len(faulty):
        row = faulty.iloc[0]
        raise InvalidDataError(
            f"{path}, line {row['line']}, column {heading}: '{row['condition']}' is no presentation time; write a "
            "number above zero (a model, told by a column kind, may leave it empty)"
        )
    images = timed["stimulus_id"].map(stimulus_id_of)
    table = timed.assign(condition=milliseconds, kind_of_images=kinds, image=images)
    return table.replace({"kind_of_images": {"": ONLY_CONDITION}})


def _milliseconds(text: str, unit: float) -> str:
    """The time in ms as it is written; `UNTIMED` for none, `FAULTY` for what is no time."""
    if text == UNTIMED:
        return UNTIMED
    try:
        value = float(text) * unit
    except ValueError:
        return FAULTY
    return f"{value:g}" if np.isfinite(value) and value > 0 else FAULTY


def _column_of_times(path: Path) -> tuple[str, float]:
    heading = _heading(path, DURATIONS)
    if heading is None:
        raise InvalidDataError(
            f"{path} has no column of presentation times; name it duration_ms (or one of {', '.join(DURATIONS)})"
        )
    return heading, DURATIONS[heading.lower()]


def _heading(path: Path, names: Iterable[str]) -> str | None:
    """The heading of a file that is one of these names, without regard to case; None where none is."""
    try:
        with path.open(encoding="utf-8-sig") as opened:
            line = opened.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDataError(
            f"{path} is not a readable CSV table ({error}); write one with a heading line"
        ) from error
    spelled = {
        each.strip().strip('"').lower(): each.strip().strip('"') for each in line.split(max(",;\t", key=line.count))
    }
    return next((spelled[each] for each in names if each in spelled), None)
