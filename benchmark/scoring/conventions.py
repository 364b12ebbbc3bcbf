"""Conventions: what a leaderboard makes of stored raw values (docs/conventions.md#values-under-a-convention)."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import choice
from brainrank.benchmark.types.metric import Metric
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling

NO_SHARES = "no benchmark here has a noise ceiling that shares could be taken of: scores are as stored"


def default_convention(n_benchmarks: int) -> Convention:
    """Return what a board is shown under unless somebody says otherwise.

    Shares of the noise ceiling, so that a mean has one unit; one benchmark alone has a unit, and is shown as stored.
    """
    return Convention.EXPLAINED if n_benchmarks > 1 else Convention.RAW


def default_where_scored(n_benchmarks: int, *, counted: int, metrics: Iterable[str]) -> Convention:
    """Return the default of a board of which `counted` benchmarks have shares of a ceiling, by the `metrics` scored.

    Where none has and all scores are of one metric, they have one unit as they are stored, and are shown so: as shares
    they would rank nobody.
    """
    default = default_convention(n_benchmarks)
    return Convention.RAW if not counted and len(set(metrics)) == 1 else default


def named_convention(name: str | None) -> Convention | None:
    """Return the convention of a name, None without one. Raises UnknownNameError for a name that is none."""
    return None if name is None else choice(Convention, name, "convention")


def converted_values(
    values: Float[ndarray, "*any"], *, metric: Metric, ceiling: NoiseCeiling, convention: Convention
) -> Float[ndarray, "*any"]:
    """Return a benchmark's raw values under a convention; NaN where it defines none.

    `explained` and the Brain-Score conventions define none without a ceiling above zero, and `explained` none with one
    that cannot be told from zero. Below zero the sign is kept: a model whose predictions run against the responses
    explains nothing of them.
    """
    if convention is Convention.RAW:
        return values
    if convention is Convention.MODEL_VS_HUMAN:
        return values if convention in metric.published else np.full_like(values, np.nan)
    if not ceiling.lower > 0 or (convention is Convention.EXPLAINED and ceiling.unreliable):
        return np.full_like(values, np.nan)
    return metric.share_of_ceiling(values, ceiling.lower, convention)


def converted_value(value: float, *, metric: Metric, ceiling: NoiseCeiling, convention: Convention) -> float:
    """Return one value as `converted_values` does."""
    return float(converted_values(np.array(value), metric=metric, ceiling=ceiling, convention=convention))


def converted_interval(
    interval: Interval, *, metric: Metric, ceiling: NoiseCeiling, convention: Convention
) -> Interval:
    """Return the interval of a value under a convention: all of them rise with the value, so that its ends are theirs.

    The ceiling is taken as it is: what is not known of it is the same for every model.
    """
    ends = np.array([interval.low, interval.high])
    low, high = converted_values(ends, metric=metric, ceiling=ceiling, convention=convention)
    return Interval(float(low), float(high), interval.level)


def converted_draws(
    draws: Draws, value: float, *, metric: Metric, ceiling: NoiseCeiling, convention: Convention
) -> Draws:
    """Return the draws of a value under a convention f: f(value + deviation) - f(value) for each deviation."""
    at = np.asarray(value + draws.deviations)
    found = converted_values(at, metric=metric, ceiling=ceiling, convention=convention)
    here = converted_value(value, metric=metric, ceiling=ceiling, convention=convention)
    return replace(draws, deviations=found - here)
