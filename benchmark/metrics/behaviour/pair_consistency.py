"""Error consistency of every pair of observers over several conditions, with bootstrap intervals over trials."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.correctness import Correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    Convention,
    all_pairs,
    error_consistency,
    resampled_kappa,
)
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined, ratio
from brainrank.benchmark.statistics.intervals import bias_corrected_interval
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Interval


class PairConsistency(NamedTuple):
    """One pair of observers: means over the conditions where kappa is defined; `reason` says what was left out."""

    first: str
    second: str
    kappa: float
    interval: Interval
    kappa_min: float
    kappa_max: float
    observed: float
    expected: float
    reason: str


def pair_consistency(
    tables: Mapping[str, Correctness],
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    convention: Convention = Convention.RAW,
    level: float = 0.95,
) -> tuple[PairConsistency, ...]:
    """Error consistency of all unordered pairs of the observers of `tables` (one per condition, the same observers).

    Each number is the mean over conditions. The interval is bias-corrected, from `draws` resamples of the stimuli
    within each condition; the mean of the bounds bounds the mean. Undefined (NaN with the reason) where no condition
    has a kappa. Raises InvalidDataError for fewer than two observers or tables of different observers.
    """
    observers = next(iter(tables.values())).observers
    if len(observers) < 2:
        raise InvalidDataError(f"There is one observer, {observers[0]}; error consistency compares two or more")
    if any(table.observers != observers for table in tables.values()):
        raise InvalidDataError("The conditions have different observers; give trials of all observers in each")
    pairs = all_pairs(len(observers))
    i, j = pairs.T
    parts = {
        name: error_consistency(table.correct, table.shown, convention=convention) for name, table in tables.items()
    }
    means = [
        mean_of_defined(np.stack([matrix[i, j] for matrix in matrices]))
        for matrices in zip(*(part[:5] for part in parts.values()), strict=True)
    ]
    resamples = _resampled_means(tables, rng=rng, draws=draws, convention=convention)
    return tuple(
        PairConsistency(
            observers[a],
            observers[b],
            float(means[0][k]),
            bias_corrected_interval(float(means[0][k]), resamples[:, k], level=level),
            float(means[3][k]),
            float(means[4][k]),
            float(means[1][k]),
            float(means[2][k]),
            _reason({name: part.reasons.get((a, b), "") for name, part in parts.items()}),
        )
        for k, (a, b) in enumerate(pairs.tolist())
    )


def _resampled_means(
    tables: Mapping[str, Correctness], *, rng: np.random.Generator, draws: int, convention: Convention
) -> Float[ndarray, "draws pairs"]:
    pairs = all_pairs(len(next(iter(tables.values())).observers))
    total = np.zeros((draws, len(pairs)))
    defined = np.zeros((draws, len(pairs)))
    for table in tables.values():
        counts = stimulus_counts(len(table.stimulus_ids), draws=draws, rng=rng)
        shown = None if table.shown.all() else table.shown
        kappa = resampled_kappa(table.correct, shown, counts=counts, pairs=pairs, convention=convention)
        has = ~np.isnan(kappa)
        total += np.where(has, kappa, 0.0)
        defined += has
    return ratio(total, defined)


def _reason(by_condition: Mapping[str, str]) -> str:
    missing = {condition: why for condition, why in by_condition.items() if why}
    if not missing:
        return ""
    if len(by_condition) == 1:
        return next(iter(missing.values()))
    return "left out: " + "; ".join(f"condition {condition}, {why}" for condition, why in missing.items())
