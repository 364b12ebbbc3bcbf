"""Error consistency: whether two observers err on the same trials, beyond what their accuracies alone would give.

With n common trials, a and b of them right for the first and the second observer and c right for both, everything is
a ratio of whole numbers: kappa = 2 (n c - a b) / (n (a + b) - 2 a b). The counts of all pairs are matrix products,
exact in floating point, so neither the order of the trials nor the number of threads can change a digit.
Defined in docs/conventions.md#error-consistency.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import ratio
from brainrank.benchmark.types.errors import InvalidDataError

MINIMUM_SHARED = 20
"""The fewest trials that two observers share for a kappa (docs/decisions/error-consistency.md has the simulation)."""

EXACT_IN_FLOAT32 = 2**24  # whole numbers up to here are exact, so a product of 0/1 rows with counts is exact as well


class UndefinedKappa(StrEnum):
    """What kappa is where it is 0/0: NaN with the reason (`raw`), or 1 where both observers always agree."""

    RAW = "raw"
    MODEL_VS_HUMAN = "model-vs-human"


class PairCounts(NamedTuple):
    """Whole numbers of trials: in common, right for the first, right for the second, right for both."""

    trials: Float[ndarray, "*shape"]
    first: Float[ndarray, "*shape"]
    second: Float[ndarray, "*shape"]
    both: Float[ndarray, "*shape"]


class ErrorConsistency(NamedTuple):
    """Kappa with what it is made of and the bounds it could reach at these accuracies.

    `accuracy_difference` is that of Geirhos et al. (2021), squared, over the common trials.
    `trials` are those in common. `reasons` says for each index of a NaN kappa why it has no value.
    """

    kappa: Float[ndarray, "*shape"]
    observed: Float[ndarray, "*shape"]
    expected: Float[ndarray, "*shape"]
    kappa_min: Float[ndarray, "*shape"]
    kappa_max: Float[ndarray, "*shape"]
    accuracy_difference: Float[ndarray, "*shape"]
    trials: Float[ndarray, "*shape"]
    reasons: dict[tuple[int, ...], str]


class PairDraws(NamedTuple):
    """What pairs of observers have on resamples of the stimuli; NaN where undefined."""

    kappa: Float[ndarray, "draws pairs"]
    observed: Float[ndarray, "draws pairs"]
    accuracy_difference: Float[ndarray, "draws pairs"]


def error_consistency(
    correct: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None = None,
    *,
    convention: UndefinedKappa = UndefinedKappa.RAW,
    weights: Int[ndarray, " stimuli"] | None = None,
    minimum: int = 1,
) -> ErrorConsistency:
    """Error consistency of all pairs of observers, as observers x observers matrices.

    o = share of common trials where both are right or both wrong, e = p1 p2 + (1 - p1)(1 - p2),
    kappa = (o - e) / (1 - e); at these accuracies o lies between |p1 + p2 - 1| and 1 - |p1 - p2|, which bounds kappa.
    `weights` counts how often each stimulus is taken (a bootstrap resample); all once when None.
    Everything is undefined (NaN with the reason) for a pair that shares fewer than `minimum` trials, or fewer than all
    where there are fewer stimuli than that; kappa is when e = 1, under the `raw` convention.
    Raises InvalidDataError for weights below zero. Reference: Geirhos, Meding and Wichmann (2020).
    """
    fewest = max(1, min(minimum, correct.shape[1]))
    return summarise(pair_counts(correct, shown, weights=weights), convention=convention, minimum=fewest)


def pair_counts(
    correct: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None = None,
    *,
    weights: Int[ndarray, " stimuli"] | None = None,
) -> PairCounts:
    """The counts of all pairs by matrix products: C W C' right for both, C W M' right for the first, M W M' shared."""
    weight = _whole(np.ones((1, correct.shape[1])) if weights is None else weights[None])[0]
    right = (correct if shown is None else correct & shown).astype(weight.dtype)
    both = ((right * weight) @ right.T).astype(np.float64)
    if shown is None:
        first = np.broadcast_to(np.diagonal(both)[:, None], both.shape)
        return PairCounts(np.full(both.shape, weight.sum(dtype=np.float64)), first, first.T, both)
    seen = shown.astype(weight.dtype)
    first = ((right * weight) @ seen.T).astype(np.float64)
    return PairCounts(((seen * weight) @ seen.T).astype(np.float64), first, first.T, both)


def resampled_kappa(
    correct: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None = None,
    *,
    counts: Shaped[ndarray, "draws stimuli"],
    pairs: Int[ndarray, "pairs 2"],
    convention: UndefinedKappa = UndefinedKappa.RAW,
    block_mib: float = 64.0,
) -> Float[ndarray, "draws pairs"]:
    """Kappa of `pairs` of observers (rows of `correct`) on resamples of the stimuli, NaN where undefined.

    A resample is a row of `counts`: how often each stimulus was drawn. Pairs are taken in blocks of about `block_mib`.
    Raises InvalidDataError for counts that are not whole numbers from zero on.
    """
    kappa = np.empty((len(counts), len(pairs)))
    for block, tally in resampled_counts(correct, shown, counts=counts, pairs=pairs, block_mib=block_mib):
        kappa[:, block] = kappa_of(tally, convention=convention)
    return kappa


def resampled_pairs(
    correct: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None = None,
    *,
    counts: Shaped[ndarray, "draws stimuli"],
    pairs: Int[ndarray, "pairs 2"],
    block_mib: float = 64.0,
) -> PairDraws:
    """`resampled_kappa` by the `raw` convention, with observed consistency and squared difference of accuracies."""
    drawn = PairDraws(*(np.empty((len(counts), len(pairs))) for _ in PairDraws._fields))
    for block, tally in resampled_counts(correct, shown, counts=counts, pairs=pairs, block_mib=block_mib):
        drawn.kappa[:, block] = kappa_of(tally)
        drawn.observed[:, block] = observed_of(tally)
        drawn.accuracy_difference[:, block] = accuracy_difference_of(tally)
    return drawn


def resampled_counts(
    correct: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None,
    *,
    counts: Shaped[ndarray, "draws stimuli"],
    pairs: Int[ndarray, "pairs 2"],
    block_mib: float = 64.0,
) -> Iterator[tuple[slice, PairCounts]]:
    """The counts of pairs on resamples, in blocks of pairs that take about `block_mib`.

    Raises InvalidDataError for counts that are not whole numbers from zero on.
    """
    whole = _whole(counts)
    right = correct if shown is None else correct & shown
    per_pair = whole.dtype.itemsize * correct.shape[1] * (1 if shown is None else 4) + 8 * 6 * len(counts)
    step = max(1, int(block_mib * 2**20 / per_pair))
    for start in range(0, len(pairs), step):
        yield slice(start, start + step), _counts_of_block(whole, right, shown, pairs[start : start + step])


def all_pairs(observers: int) -> Int[ndarray, "pairs 2"]:
    """The unordered pairs of `observers` rows, row by row of the upper triangle."""
    return np.stack(np.triu_indices(observers, 1), axis=1)


def kappa_of(counts: PairCounts, *, convention: UndefinedKappa = UndefinedKappa.RAW) -> Float[ndarray, "*shape"]:
    """Kappa from whole-number counts, 2 (n c - a b) / (n (a + b) - 2 a b); NaN where that is 0/0.

    Under `model-vs-human` kappa is 1 wherever both observers agree on every common trial.
    """
    n, a, b, both = counts
    product = a * b
    total = a + b
    below = n * total
    below -= 2 * product
    above = n * both
    above -= product
    above *= 2
    if convention is UndefinedKappa.MODEL_VS_HUMAN:
        agree = (total == 2 * both) & (n > 0)
        above[agree], below[agree] = 1.0, 1.0
    return ratio(above, below)


def observed_of(counts: PairCounts) -> Float[ndarray, "*shape"]:
    """The share of common trials where both are right or both wrong, (n - a - b + 2 c) / n; NaN without trials."""
    n, a, b, both = counts
    return ratio(n - a - b + 2 * both, n)


def accuracy_difference_of(counts: PairCounts) -> Float[ndarray, "*shape"]:
    """The squared difference of accuracies over common trials, ((a - b) / n)^2; NaN without trials."""
    return np.asarray(ratio(counts.first - counts.second, counts.trials) ** 2)


def summarise(
    counts: PairCounts, *, convention: UndefinedKappa = UndefinedKappa.RAW, minimum: int = 1
) -> ErrorConsistency:
    """Kappa, observed and expected consistency and kappa's attainable bounds from counts, with the reasons for NaN.

    Pairs with fewer than `minimum` common trials have none of them.
    """
    shared = np.asarray(counts.trials, dtype=np.float64)
    n, a, b, both = (np.where(shared >= minimum, count, 0.0) for count in counts)
    trials = np.where(n > 0, n, np.nan)
    kappa = kappa_of(PairCounts(n, a, b, both), convention=convention)
    chance = a * b + (n - a) * (n - b)
    expected = chance / trials**2
    below = np.where(n**2 > chance, n**2 - chance, np.nan)
    least, most = np.abs(a + b - n), n - np.abs(a - b)
    counted = PairCounts(n, a, b, both)
    return ErrorConsistency(
        kappa,
        observed_of(counted),
        expected,
        (n * least - chance) / below,
        (n * most - chance) / below,
        accuracy_difference_of(counted),
        shared,
        _reasons(kappa, shared, a, minimum),
    )


def _reasons(
    kappa: Float[ndarray, "*shape"], n: Float[ndarray, "*shape"], a: Float[ndarray, "*shape"], minimum: int
) -> dict[tuple[int, ...], str]:
    why = {}
    for place in map(tuple, np.argwhere(np.isnan(kappa)).tolist()):
        if n[place] == 0:
            why[place] = "the observers have no trials in common"
        elif n[place] < minimum:
            why[place] = f"the observers share {n[place]:.0f} trials, fewer than {minimum}"
        else:
            side = "right" if a[place] else "wrong"
            why[place] = f"both observers are {side} on every common trial, so chance agreement is 1"
    return why


def _counts_of_block(
    counts: Float[ndarray, "draws stimuli"],
    right: Bool[ndarray, "observers stimuli"],
    shown: Bool[ndarray, "observers stimuli"] | None,
    pairs: Int[ndarray, "pairs 2"],
) -> PairCounts:
    i, j = pairs.T
    both = _tally(counts, right[i] & right[j])
    if shown is None:
        marginal = _tally(counts, right)
        trials = np.broadcast_to(counts.sum(axis=1, dtype=np.float64)[:, None], both.shape)
        return PairCounts(trials, marginal[:, i], marginal[:, j], both)
    common = shown[i] & shown[j]
    return PairCounts(
        _tally(counts, common), _tally(counts, right[i] & common), _tally(counts, right[j] & common), both
    )


def _tally(
    counts: Float[ndarray, "draws stimuli"], rows: Bool[ndarray, "rows stimuli"]
) -> Float[ndarray, "draws rows"]:
    tally: Float[ndarray, "draws rows"] = (counts @ rows.astype(counts.dtype).T).astype(np.float64)
    return tally


def _whole(counts: Shaped[ndarray, "draws stimuli"]) -> Float[ndarray, "draws stimuli"]:
    if counts.size and (counts.min() < 0 or (counts.dtype.kind == "f" and np.any(counts != np.floor(counts)))):
        raise InvalidDataError("Counts of a resample must be whole numbers from zero on; give how often each was drawn")
    exact = counts.size == 0 or counts.sum(axis=1, dtype=np.float64).max() < EXACT_IN_FLOAT32
    return counts.astype(np.float32 if exact else np.float64)
