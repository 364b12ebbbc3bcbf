"""Brain-Score's ceiling of a region, and both published ways of normalising by it.

Defined in docs/conventions.md#noise-ceilings and docs/conventions.md#values-under-a-convention.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.regression.scores import target_scores

# Of a number, or of an array of them.
NORMALISATIONS: dict[str, Callable[[Any, float], Any]] = {
    "brainscore-2026": lambda r, ceiling: r**2 / ceiling,
    "brainscore-2025": lambda r, ceiling: (r / ceiling) ** 2,
}


class SplitScores(NamedTuple):
    """Mean over splits of the median over targets, and r of every split and target (NaN where one does not vary)."""

    value: float
    r: Float[ndarray, "splits targets"]
    reason: str


def half_split_ceiling(
    responses: Float[ndarray, "stimuli repeats targets"], *, rng: np.random.Generator, splits: int = 10
) -> SplitScores:
    """Ceiling: r between two random halves of the repeats per target, 2r/(1+r), median over targets, mean over splits.

    Missing repeats (NaN) are left out of a half's mean; a stimulus missing from a half is left out of that target.
    Undefined with fewer than two repeats, and per target where a half does not vary or r is -1.
    """
    repeats = responses.shape[1]
    if repeats < 2:
        nothing = np.full((splits, responses.shape[2]), np.nan)
        return SplitScores(float("nan"), nothing, f"{repeats} repeat: halves need at least 2")
    rows = []
    for _ in range(splits):
        r = _paired_correlation(*random_halves(responses, rng=rng))
        rows.append(np.divide(2 * r, 1 + r, out=np.full_like(r, np.nan), where=r > -1))
    return _summary(np.stack(rows))


class Halves(NamedTuple):
    """The means of two halves of the repeats; NaN where a half has none of a stimulus."""

    first: Float[ndarray, "stimuli targets"]
    second: Float[ndarray, "stimuli targets"]


def random_halves(responses: Float[ndarray, "stimuli repeats targets"], *, rng: np.random.Generator) -> Halves:
    """Split the repeats at random into two halves, the same for all stimuli, and average each over what it has."""
    repeats = responses.shape[1]
    order = rng.permutation(repeats)
    return Halves(*(_mean_present(responses[:, part]) for part in (order[: repeats // 2], order[repeats // 2 :])))


def _summary(r: Float[ndarray, "splits targets"]) -> SplitScores:
    scored = np.isfinite(r)
    if not scored.any(axis=1).all():
        return SplitScores(float("nan"), r, "in some split no target varies")
    return SplitScores(
        float(np.mean([np.median(row[row_scored]) for row, row_scored in zip(r, scored, strict=True)])), r, ""
    )


def _mean_present(values: Float[ndarray, "stimuli repeats targets"]) -> Float[ndarray, "stimuli targets"]:
    present = np.isfinite(values)
    count = present.sum(axis=1)
    total = np.where(present, values, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def _paired_correlation(
    first: Float[ndarray, "stimuli targets"], second: Float[ndarray, "stimuli targets"]
) -> Float[ndarray, " targets"]:
    """R of each target over the stimuli that both have; NaN for fewer than two of them."""
    present = np.isfinite(first) & np.isfinite(second)
    r, whole = np.full(first.shape[1], np.nan), present.all(axis=0)
    if whole.any() and len(first) > 1:
        r[whole] = _correlation(first[:, whole], second[:, whole])
    for target in np.flatnonzero(~whole & (present.sum(axis=0) > 1)):
        both = present[:, target]
        r[target] = _correlation(first[both, target, None], second[both, target, None])[0]
    return r


def _correlation(
    first: Float[ndarray, "stimuli targets"], second: Float[ndarray, "stimuli targets"]
) -> Float[ndarray, " targets"]:
    return target_scores(first, second, fold_of=np.zeros(len(first), dtype=np.int64)).r
