"""How much more one set of models is like brains and people than another: on one benchmark, or on several of one study.

Variance is over new stimuli and subjects (`uncertainty`), and over new models of a side where it has several: seeds of
a training are a sample of what it makes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.claims.claim import Expectation
from brainrank.benchmark.statistics.uncertainty import Spread, spread, student_interval, times, two_sided_p
from brainrank.benchmark.types.score import Draws, Interval

HOLDS, FAILS, OPEN = "holds", "fails", "open"
LEVEL_OF_ALIKE = 0.9  # two one-sided tests at .05


class Effect(NamedTuple):
    """First models less second, its 95 % interval and two-sided p, and the variance with its degrees of freedom.

    `of_data` is the part of the variance that is over images and subjects, these models being what they are.
    """

    value: float
    interval: Interval
    p: float
    spread: Spread
    of_data: Spread


def effect(
    values: Float[ndarray, "models benchmarks"], draws: Sequence[Sequence[Draws]], first: Sequence[bool]
) -> Effect:
    """The mean of the first models less that of the others, averaged over benchmarks that weigh alike.

    `draws` are those of each model on each benchmark; what shares stimuli or subjects is paired by them.
    """
    sides = np.array(first)
    weights = np.where(sides, 1 / sides.sum(), -1 / (~sides).sum()) / values.shape[1]
    difference = float((weights[:, None] * values).sum())
    cells = [times(each, float(weight)) for row, weight in zip(draws, weights, strict=True) for each in row]
    return told(difference, spread(cells), values.mean(axis=1), first)


def told(value: float, of_data: Spread, means: Float[ndarray, " models"], first: Sequence[bool]) -> Effect:
    """An effect with its interval and p; `means` are what each model contributes, of which a side's are a sample."""
    sides = np.array(first)
    of = plus(of_data, [_of_models(means[side]) for side in (sides, ~sides)])
    return Effect(value, student_interval(value, of), two_sided_p(value, of), of, of_data)


def _of_models(means: Float[ndarray, " models"]) -> Spread:
    """The variance of a mean over models; none of a single one, which stands for itself."""
    if len(means) == 1:
        return Spread(0.0, np.inf)
    return Spread(float(means.var(ddof=1) / len(means)), len(means) - 1)


def plus(of_data: Spread, of_sides: Sequence[Spread]) -> Spread:
    """The sum of independent variances, with Satterthwaite's degrees of freedom."""
    parts = [of_data, *of_sides]
    total = sum(part.variance for part in parts)
    if not total > 0:
        return Spread(total, of_data.freedom)
    return Spread(total, total**2 / sum(part.variance**2 / part.freedom for part in parts))


def verdict(found: Effect, expects: Expectation, margin: float | None) -> str:
    """Whether an effect is as expected: `holds`, `fails` where it is told to be otherwise, else `open`.

    More: the 95 % interval lies above 0 (fails: below). Alike: the 90 % interval lies within the margin, which is two
    one-sided tests at .05 (Schuirmann 1987; fails: the 95 % interval lies outside of it).
    """
    low, high = found.interval.low, found.interval.high
    if expects is Expectation.MORE:
        return HOLDS if low > 0 else FAILS if high < 0 else OPEN
    inner = student_interval(found.value, found.spread, level=LEVEL_OF_ALIKE)
    within = margin is not None and -margin < inner.low and inner.high < margin
    outside = margin is not None and (low > margin or high < -margin)
    return HOLDS if within else FAILS if outside else OPEN
