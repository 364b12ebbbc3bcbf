"""The score of an encoding, the median r over targets, and how it deviates on draws of stimuli."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.influence import held_out_influence
from brainrank.benchmark.metrics.regression.ridge import TARGETS_PER_BLOCK, target_blocks
from brainrank.benchmark.metrics.regression.scores import TargetFits, fold_correlations, target_scores
from brainrank.benchmark.statistics.arrays import Array, beside, here, host, namespace
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.target_tests import DRAWS_OF_TARGETS
from brainrank.benchmark.statistics.uncertainty import CORRELATION, deviations, spread, student_interval
from brainrank.benchmark.types.score import Draws, Interval


class MedianCorrelation(NamedTuple):
    """Median r over scored targets, its interval and draws, and every target's scores; NaN when no target is scored.

    `target_deviations` are how each target's r deviates on the first DRAWS_OF_TARGETS draws, with the variance that it
    has over new stimuli; in half precision, whose rounding is a thousandth of a deviation at most.
    """

    value: float
    interval: Interval
    draws: Draws
    targets: TargetFits
    target_deviations: Float[ndarray, "draws targets"]


def median_correlation(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    influence: Float[ndarray, "stimuli targets"],
    rng: np.random.Generator,
    units: Int[ndarray, " stimuli"],
    stimulus_set: str = "",
    draws: int = 1000,
) -> MedianCorrelation:
    """Median over targets of the held-out r (`target_scores`), with its 95 % interval over stimuli.

    What it covers is the score that as many other stimuli would give, models fitted to them included. Stimuli, or the
    `units` they belong to, are drawn with replacement within each fold; r moves with them to first order, by each
    one's influence as a test stimulus and, given as `influence`, as a training stimulus. Undefined when no target is
    scored.
    """
    scores = target_scores(predictions, responses, fold_of=fold_of)
    scored = np.flatnonzero(np.isfinite(scores.r))
    counts = counts_within_folds(fold_of, units, draws, rng)
    medians = np.full(draws, np.nan)
    of_targets = np.full((min(draws, DRAWS_OF_TARGETS), len(scores.r)), np.nan, dtype=np.float16)
    n_units, strata = len(np.unique(units[fold_of >= 0])), len(np.unique(fold_of[fold_of >= 0]))
    if scored.size:
        tested = fold_of >= 0
        deviating = np.empty((draws, scored.size), dtype=np.float32)
        for block in target_blocks(scored.size, TARGETS_PER_BLOCK):
            these = scored[block]
            parts = (here(each[:, these]) for each in (predictions, responses, influence))
            moved = r_influence(*parts, fold_of=fold_of)[tested]
            away = beside((counts[:, tested] - 1).astype(np.float32), moved)
            deviating[:, block] = host(away @ namespace(moved).astype(moved, away.dtype))
        of_targets[:, scored] = np.sqrt(n_units / max(n_units - strata, 1)) * deviating[: len(of_targets)]
        medians = np.median(true_spread(scores.r[scored], deviating) + deviating, axis=1).astype(np.float64)
    drawn = deviations(
        medians,
        n_stimuli=n_units,
        strata=strata,
        stimulus_set=stimulus_set,
    )
    value = float(np.median(scores.r[scored])) if scored.size else float("nan")
    interval = student_interval(value, spread([drawn]), support=CORRELATION)
    return MedianCorrelation(value, interval, drawn, scores, of_targets)


def r_influence(
    predictions: Float[Array, "stimuli targets"],
    responses: Float[Array, "stimuli targets"],
    influence: Float[Array, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
) -> Float[Array, "stimuli targets"]:
    """How much each stimulus moves the r of `target_scores`: as tested, and as trained on.

    `influence` is the latter on sum_f n_f r_f, which is here divided by the stimuli of the folds that count.
    """
    xp = namespace(influence)
    moved = xp.astype(influence, xp.float64)  # a copy
    for fold in np.unique(fold_of[fold_of >= 0]):
        within = fold_of == fold
        moved[within] += held_out_influence(predictions[within], responses[within]).stimuli
    weight = fold_correlations(predictions, responses, fold_of=fold_of).weights.sum(axis=0)
    return moved / beside(np.where(weight > 0, weight, 1), moved)


def counts_within_folds(
    fold_of: Int[ndarray, " stimuli"], units: Int[ndarray, " stimuli"], draws: int, rng: np.random.Generator
) -> Int[ndarray, "draws stimuli"]:
    """How often each stimulus occurs on each draw; those that are in no fold are always there."""
    counts = np.ones((draws, len(fold_of)), dtype=np.int64)
    for fold in np.unique(fold_of[fold_of >= 0]):
        within = fold_of == fold
        counts[:, within] = stimulus_counts(int(within.sum()), draws=draws, rng=rng, units=units[within])
    return counts


def true_spread(
    r: Float[ndarray, " targets"], deviating: Float[ndarray, "draws targets"]
) -> Float[ndarray, " targets"]:
    """The targets' r drawn towards their median, until with the deviations they spread as they do by themselves.

    They have deviated once already: deviating again from where they are, targets would be less crowded about the
    median than they are, and the median would seem to move more than it does (by 1.33 in variance where all targets
    are equally predictable).
    """
    middle, observed = np.median(r), r.var()
    noise = deviating.var(axis=1, dtype=np.float64).mean()
    kept = np.sqrt(max(1 - noise / observed, 0)) if observed > 0 else 1.0
    return np.asarray(middle + kept * (r - middle), dtype=np.float32)
