"""What a benchmark can detect, and that as plain values."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

POWER = 0.8
"""The share of worlds in which a difference is told that the data are said to tell."""


@dataclass(frozen=True)
class Detection:
    """How often each model, were it true, would be found, and told from each other.

    `first` and `certain` are of each model as the truth, `told` of each (row) against each (column); medians over pairs
    are the `smallest_difference` that is told in 80 % of worlds, and over truths how many times the images, the
    subjects, or both, tell the true model from its nearest rival in 80 %: infinite where no number does.
    """

    models: tuple[str, ...]
    first: Float[ndarray, " models"]
    certain: Float[ndarray, " models"]
    told: Float[ndarray, "models models"]
    smallest_difference: float
    times_images: float
    times_subjects: float
    times_both: float

    @property
    def recovered(self) -> float:
        """How often the true model is first, mean over models."""
        return float(self.first.mean())

    @property
    def told_from_second(self) -> float:
        """How often the true model is first and told from the second, mean over models."""
        return float(self.certain.mean())

    def pairs_told(self, models: Collection[str]) -> float:
        """Of pairs of these models, either the true one, the share told in 80 % of worlds; NaN without pairs."""
        places = [place for place, name in enumerate(self.models) if name in models]
        among = self.told[np.ix_(places, places)][~np.eye(len(places), dtype=bool)]
        return float((among >= POWER).mean()) if among.size else math.nan

    def not_told_from(self, model: str) -> list[str]:
        """The models from which this one, were it true, would be told in fewer than 80 % of worlds."""
        row = self.told[self.models.index(model)]
        return [name for name, share in zip(self.models, row, strict=True) if name != model and share < POWER]

    @property
    def content(self) -> dict[str, Any]:
        """Plain values of JSON: shares in per cent, None for what is infinite or not known."""
        return {
            "first": _per_cent(self.first),
            "certain": _per_cent(self.certain),
            "told": [_per_cent(row) for row in self.told],
            "smallest_difference": _finite(self.smallest_difference),
            "times_images": _finite(self.times_images),
            "times_subjects": _finite(self.times_subjects),
            "times_both": _finite(self.times_both),
        }


@dataclass(frozen=True)
class Recovery:
    """What a benchmark can detect of these models.

    In the worlds `in_full` the true model is all that subjects, or people, have in common; `as_measured` it is as much
    of that as it is in the data, so that it scores there what it scores here. `ceiling` is the measured noise ceiling,
    `simulated_ceiling` the mean of the worlds'.
    """

    worlds: int
    ceiling: float
    simulated_ceiling: float
    in_full: Detection
    as_measured: Detection

    @property
    def models(self) -> tuple[str, ...]:
        """The models, each of which was the truth."""
        return self.in_full.models

    @property
    def content(self) -> dict[str, Any]:
        """Plain values of JSON."""
        return {
            "worlds": self.worlds,
            "models": list(self.models),
            "ceiling": _finite(self.ceiling),
            "simulated_ceiling": _finite(self.simulated_ceiling),
            "in_full": self.in_full.content,
            "as_measured": self.as_measured.content,
        }


def recovery_of(content: Mapping[str, Any]) -> Recovery:
    """The recovery that plain values are of (`Recovery.content`)."""
    models = tuple(content["models"])
    return Recovery(
        worlds=int(content["worlds"]),
        ceiling=_number(content["ceiling"]),
        simulated_ceiling=_number(content["simulated_ceiling"]),
        in_full=_detection_of(content["in_full"], models),
        as_measured=_detection_of(content["as_measured"], models),
    )


def _detection_of(content: Mapping[str, Any], models: tuple[str, ...]) -> Detection:
    first, certain, told = (np.array(content[name]) / 100 for name in ("first", "certain", "told"))
    return Detection(
        models,
        first,
        certain,
        told,
        smallest_difference=_number(content["smallest_difference"]),
        times_images=_number(content["times_images"], unknown=math.inf),
        times_subjects=_number(content["times_subjects"], unknown=math.inf),
        times_both=_number(content["times_both"], unknown=math.inf),
    )


def _per_cent(shares: Float[ndarray, " any"]) -> list[int]:
    return [round(100 * each) for each in shares.tolist()]


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _number(value: float | None, *, unknown: float = math.nan) -> float:
    return unknown if value is None else float(value)
