"""How often intervals hold the truth and differences are told that are none, over many simulated studies."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from brainrank.benchmark.ranking.benchmark_weights import Column
from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.ranking.draws import GivenDraws
from brainrank.benchmark.ranking.paired_models import paired_comparison
from brainrank.benchmark.statistics.uncertainty import spread, two_sided_p
from brainrank.benchmark.types.score import Score
from performance.calibration.worlds import Study

ONE_BENCHMARK = (Column("simulated", "simulated", "simulated"),)
Reals = NDArray[np.float64]


class Sets(NamedTuple):
    """Of each simulated set: scores, intervals, p of the first two's difference, and whether it split the board.

    `normal_p` is p as it would be if the difference's variance were known.
    """

    values: Reals
    low: Reals
    high: Reals
    p: Reals
    normal_p: Reals
    split: Reals

    def and_others(self, others: "Sets") -> "Sets":
        """These and others."""
        return Sets(*(np.concatenate(both) for both in zip(self, others, strict=True)))


class Share(NamedTuple):
    """A share of sets, and its Monte Carlo standard error."""

    value: float
    error: float


class Calibration(NamedTuple):
    """What comes out over many sets. Coverage is of the mean score over all of them.

    `false_05` and the like are how often the first two models are told apart; `normal_05` how often they would be if
    the variance were taken as known.
    """

    mean: Share
    coverage: Share
    false_05: Share
    false_01: Share
    normal_05: Share
    split: Share


def simulate(make: Callable[[np.random.Generator], Study], metric: Any, *, sets: int, seed: Sequence[int]) -> Sets:
    """Score every model of so many studies; a board is split where two of its models do not share all places."""
    found = [_one(make(np.random.default_rng([*seed, number])), metric) for number in range(sets)]
    return Sets(*(np.array(each) for each in zip(*found, strict=True)))


def calibration(sets: Sets, *, truth: float | None = None) -> Calibration:
    """Summarise simulated sets; the truth is the mean score, unless it is known."""
    known = float(sets.values.mean()) if truth is None else truth
    held = (sets.low <= known) & (known <= sets.high)
    return Calibration(
        mean=Share(float(sets.values.mean()), float(sets.values.mean(axis=1).std(ddof=1) / np.sqrt(len(sets.values)))),
        coverage=_share(held.mean(axis=1)),
        false_05=_share(sets.p < 0.05),
        false_01=_share(sets.p < 0.01),
        normal_05=_share(sets.normal_p < 0.05),
        split=_share(sets.split),
    )


def _one(study: Study, metric: Any) -> tuple[Reals, Reals, Reals, float, float, float]:
    with threadpool_limits(limits=1):
        scores = [metric.score(model, study.assembly) for model in study.models]
    values = np.array([score.value for score in scores])
    low, high = np.array([[score.interval.low, score.interval.high] for score in scores]).T
    if len(scores) < 2:
        return values, low, high, np.nan, np.nan, np.nan
    p = paired_comparison(values[:2, None], [[score.draws] for score in scores[:2]], ONE_BENCHMARK).p
    cells = {(row, 0): score.draws for row, score in enumerate(scores)}
    board = rank_models(values[:, None], ONE_BENCHMARK, GivenDraws(cells))
    split = float((board.first != 1).any() or (board.last != len(values)).any())
    return values, low, high, p, _normal_p(values, scores), split


def _normal_p(values: Reals, scores: Sequence[Score]) -> float:
    """The p of the first two models' difference with infinitely many degrees of freedom."""
    first, second = (score.draws for score in scores[:2])
    if first is None or second is None:
        return np.nan
    of = spread([replace(first, deviations=first.deviations - second.deviations)])
    return two_sided_p(float(values[0] - values[1]), of._replace(freedom=np.inf))


def _share(happened: NDArray[Any]) -> Share:
    known = happened[~np.isnan(happened.astype(np.float64))]
    if not known.size:
        return Share(float("nan"), float("nan"))
    return Share(float(known.mean()), float(known.std() / np.sqrt(known.size)))
