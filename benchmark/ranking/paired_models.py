"""Two models against each other, on the benchmarks both have and on the same draws.

Defined in docs/conventions.md#differences.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.ranking.benchmark_weights import Column, shares
from brainrank.benchmark.statistics.uncertainty import Spread, spread, student_interval, times, two_sided_p
from brainrank.benchmark.types.score import Draws, Interval

UNKNOWN = Spread(float("nan"), float("nan"))


class PairedComparison(NamedTuple):
    """The first model's mean less the second's, its 95 % interval, the two-sided p of no difference, and over what.

    `shared` are the places of the benchmarks both have; with none of them the numbers are NaN.
    """

    difference: float
    interval: Interval
    p: float
    shared: Sequence[int]


def paired_comparison(
    values: Float[ndarray, "2 benchmarks"], draws: Sequence[Sequence[Draws | None]], columns: Sequence[Column]
) -> PairedComparison:
    """Compare two models, given their values (NaN where one has none) and the draws of these.

    The difference is the mean of the differences on the benchmarks both have, weighted as `shares` says; its variance
    is that of the same mean of deviations (`uncertainty.spread`), p is from Student's t. NaN without draws.
    """
    has = np.isfinite(values).all(axis=0)
    shared = [int(place) for place in np.flatnonzero(has)]
    weights = shares(columns, has)
    difference = float(weights[has] @ (values[0] - values[1])[has]) if shared else float("nan")
    cells = [(draws[model][place], sign * weights[place]) for model, sign in ((0, 1), (1, -1)) for place in shared]
    known = [times(each, weight) for each, weight in cells if each is not None]
    of = spread(known) if known and len(known) == len(cells) else UNKNOWN
    return PairedComparison(difference, student_interval(difference, of), two_sided_p(difference, of), shared)
