"""Conventions: what a leaderboard makes of stored raw values (docs/conventions.md#values-under-a-convention)."""

from dataclasses import replace
from enum import StrEnum

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.regression.brainscore import NORMALISATIONS
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling


class Convention(StrEnum):
    """How values are shown.

    `explained`: the share of the noise ceiling, value / ceiling (lower), if there is one that can be told from zero.
    `raw`: as stored. `brainscore-2026` and `brainscore-2025`: r^2 / c and (r / c)^2 for encoding, c being the
    responses' reliability, and value / ceiling (lower) for everything else. `model-vs-human`: raw kappa, and nothing
    but error consistency.
    """

    EXPLAINED = "explained"
    RAW = "raw"
    BRAINSCORE_2026 = "brainscore-2026"
    BRAINSCORE_2025 = "brainscore-2025"
    MODEL_VS_HUMAN = "model-vs-human"


def default_convention(n_benchmarks: int) -> Convention:
    """Return what a board is shown under unless somebody says otherwise.

    Shares of the noise ceiling, so that a mean has one unit; one benchmark alone has a unit, and is shown as stored.
    """
    return Convention.EXPLAINED if n_benchmarks > 1 else Convention.RAW


def chosen_convention(name: str | None, n_benchmarks: int) -> Convention:
    """Return the convention of a name, the default one without. Raises UnknownNameError for a name that is none."""
    if name is None:
        return default_convention(n_benchmarks)
    if name not in list(Convention):
        raise UnknownNameError("convention", name, list(Convention))
    return Convention(name)


def converted_values(
    values: Float[ndarray, "*any"], *, metric: str, ceiling: NoiseCeiling, convention: Convention
) -> Float[ndarray, "*any"]:
    """Return a benchmark's raw values under a convention; NaN where it defines none.

    `explained` and the Brain-Score conventions define none without a ceiling above zero, and `explained` none with one
    that cannot be told from zero. Below zero the sign is kept: a model whose predictions run against the responses
    explains nothing of them.
    """
    if convention is Convention.RAW:
        return values
    if convention is Convention.MODEL_VS_HUMAN:
        return values if metric == ErrorConsistencyMetric.name else np.full_like(values, np.nan)
    if not ceiling.lower > 0 or (convention is Convention.EXPLAINED and ceiling.unreliable):
        return np.full_like(values, np.nan)
    if convention is Convention.EXPLAINED or metric != EncodingMetric.name:
        return np.asarray(values / ceiling.lower)
    # The ceiling of an encoding score is the root of the reliability, on the scale of r.
    return np.asarray(np.sign(values) * NORMALISATIONS[convention](values, ceiling.lower**2))


def converted_value(value: float, *, metric: str, ceiling: NoiseCeiling, convention: Convention) -> float:
    """Return one value as `converted_values` does."""
    return float(converted_values(np.array(value), metric=metric, ceiling=ceiling, convention=convention))


def converted_interval(interval: Interval, *, metric: str, ceiling: NoiseCeiling, convention: Convention) -> Interval:
    """Return the interval of a value under a convention: all of them rise with the value, so that its ends are theirs.

    The ceiling is taken as it is: what is not known of it is the same for every model.
    """
    ends = np.array([interval.low, interval.high])
    low, high = converted_values(ends, metric=metric, ceiling=ceiling, convention=convention)
    return Interval(float(low), float(high), interval.level)


def converted_draws(draws: Draws, value: float, *, metric: str, ceiling: NoiseCeiling, convention: Convention) -> Draws:
    """Return the draws of a value under a convention f: f(value + deviation) - f(value) for each deviation."""
    at = np.asarray(value + draws.deviations)
    found = converted_values(at, metric=metric, ceiling=ceiling, convention=convention)
    here = converted_value(value, metric=metric, ceiling=ceiling, convention=convention)
    return replace(draws, deviations=found - here)
