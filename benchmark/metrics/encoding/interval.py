"""The interval of an encoding score over new stimuli."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.encoding.scores import resampled_correlations, target_scores
from brainrank.benchmark.statistics.intervals import bias_corrected_interval
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.types.score import Interval


class MedianCorrelation(NamedTuple):
    """Median r over scored targets, its interval and the bootstrap's draws; all NaN when no target is scored."""

    value: float
    interval: Interval
    draws: Float[ndarray, " draws"]


def median_correlation(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    rng: np.random.Generator,
    groups: Int[ndarray, " stimuli"] | None = None,
    draws: int = 1000,
    level: float = 0.95,
    targets_per_block: int = 2048,
) -> MedianCorrelation:
    """Median over targets of the held-out r, with its bias-corrected bootstrap interval over stimuli.

    What it covers is the median r that these fitted models, one per fold, would have on new stimuli. Held-out
    predictions are drawn with replacement (models are not refitted), whole groups at a time where stimuli are copies of
    each other; a draw reweights the pooled within-fold r of `target_scores`. Undefined when no target is scored.
    """
    scored = np.isfinite(target_scores(predictions, responses, fold_of=fold_of).r)
    if not scored.any():
        return MedianCorrelation(
            float("nan"), Interval(float("nan"), float("nan"), level), np.full(draws, np.nan, dtype=np.float64)
        )
    tested = np.flatnonzero(fold_of >= 0)
    units = np.arange(len(tested)) if groups is None else np.unique(groups[tested], return_inverse=True)[1]
    drawn = stimulus_counts(int(units.max()) + 1, draws=draws, rng=rng)[:, units].astype(np.float32)
    counts = np.zeros((draws, len(fold_of)), dtype=np.float32)
    counts[:, tested] = drawn
    columns = np.flatnonzero(scored)
    blocks = [columns[start : start + targets_per_block] for start in range(0, len(columns), targets_per_block)]
    r = np.concatenate(
        [
            resampled_correlations(predictions[:, block], responses[:, block], fold_of=fold_of, counts=counts)
            for block in blocks
        ],
        axis=1,
    )
    observed = target_scores(predictions, responses, fold_of=fold_of).r[scored]
    medians = median_of_defined(r)
    reference = _with_bias_of_the_mean(observed, r, medians)
    interval = bias_corrected_interval(reference, medians, level=level)
    return MedianCorrelation(float(np.median(observed)), interval, medians)


def _with_bias_of_the_mean(
    observed: Float[ndarray, " targets"], r: Float[ndarray, "draws targets"], medians: Float[ndarray, " draws"]
) -> float:
    """Place the estimate among the medians where the mean r over targets lies among its own draws.

    A median over targets sits on one target's r and jumps between neighbours; where it falls among its draws is mostly
    that target's noise, and corrected by it the interval covers 75 % instead of 95 % in simulations of 25 targets. The
    mean has the same bias of resampling and no jumps, and with one target it is the median.
    """
    defined = np.isfinite(r)
    count = defined.sum(axis=1)
    means = np.where(defined, r, 0).sum(axis=1, dtype=np.float64)[count > 0] / count[count > 0]
    mean = float(observed.mean())
    below = float(((means < mean).sum() + (means == mean).sum() / 2) / max(means.size, 1))
    finite = medians[np.isfinite(medians)]
    return float(np.quantile(finite, below)) if finite.size else float("nan")


def median_of_defined(r: Float[ndarray, "draws targets"]) -> Float[ndarray, " draws"]:
    """Median over targets of each draw, leaving out targets undefined in it; NaN where none is defined."""
    defined = np.isfinite(r)
    some = defined.any(axis=1)
    medians = np.full(len(r), np.nan)
    if defined.all():
        return np.asarray(np.median(r, axis=1), dtype=np.float64)
    medians[some] = np.nanmedian(r[some], axis=1)
    return medians
