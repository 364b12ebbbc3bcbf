"""Comparators on bootstrap draws of stimuli, many draws at once.

A draw says how often each stimulus was drawn. The pair (i, j) then occurs counts[i] * counts[j] times in the resampled
RDM, and pairs of a stimulus with itself are dropped. So every comparator becomes a weighted statistic of the one RDM,
and the draws become columns of matrix products and cumulative sums.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.weighted_concordance import binned, concordances
from brainrank.benchmark.metrics.rdms.weighted_whitening import norms, whitened_cosines
from brainrank.benchmark.types.condensed import pairs_of, stimuli_of_pairs
from brainrank.benchmark.types.errors import InvalidDataError

# Numbers a block of pair weights may hold, as measured at 4,186 pairs: in the processor's cache where little is done
# with each of them, larger where the work is matrix products over the draws.
_BLOCK_NUMBERS = {
    Comparator.COSINE: 2**16,
    Comparator.CORR: 2**16,
    Comparator.SPEARMAN: 2**18,
    Comparator.RHO_A: 2**18,
    Comparator.TAU_A: 2**22,
    Comparator.CORR_COV: 2**20,
    Comparator.COSINE_COV: 2**20,
}


def compare_resampled(
    models: Float[ndarray, "models pairs"],
    subjects: Float[ndarray, "subjects pairs"],
    stimulus_counts: Int[ndarray, "draws stimuli"],
    comparator: Comparator,
) -> Float[ndarray, "draws models subjects"]:
    """Return `compare` of each model with each subject on each bootstrap draw of stimuli.

    Equal to building the resampled RDMs, with repeated entries for repeated stimuli, and comparing those. NaN where
    that is undefined: a resampled RDM that is constant, or a draw of fewer than 3 different stimuli (one dissimilarity
    only; rsatoolbox too scores no such draw). Raises InvalidDataError when counts do not fit the RDMs or are negative.
    """
    n = stimuli_of_pairs(models.shape[1])
    if stimulus_counts.shape[1] != n or (stimulus_counts < 0).any():
        raise InvalidDataError(
            f"Stimulus counts have shape {stimulus_counts.shape} for RDMs of {n} stimuli; "
            "a draw gives one count, zero or more, for each stimulus"
        )
    similarity = np.full((len(stimulus_counts), len(models), len(subjects)), np.nan)
    drawn = np.flatnonzero((stimulus_counts > 0).sum(axis=1) >= 3)
    x, y = models.astype(np.float64), subjects.astype(np.float64)
    complete_x, complete_y = ~np.isnan(x).any(axis=1), ~np.isnan(y).any(axis=1)
    x, y = x[complete_x], y[complete_y]
    if drawn.size and len(x) and len(y):
        counts = np.ascontiguousarray(stimulus_counts[drawn].T, dtype=np.float64)  # rows of draws are copied whole
        result = _STATISTICS[comparator](x, y, counts, comparator)
        similarity[np.ix_(drawn, complete_x, complete_y)] = result
    return similarity


def _weight_blocks(
    counts: Float[ndarray, "stimuli draws"], comparator: Comparator
) -> Iterator[tuple[slice, Float[ndarray, "pairs block"]]]:
    """Yield each block of draws with the weight of every pair in it."""
    first, second = pairs_of(len(counts))
    size = max(8, _BLOCK_NUMBERS[comparator] // first.size)
    for start in range(0, counts.shape[1], size):
        block = slice(start, start + size)
        yield block, counts[first, block] * counts[second, block]


def _moments(
    x: Float[ndarray, "models pairs"],
    y: Float[ndarray, "subjects pairs"],
    counts: Float[ndarray, "stimuli draws"],
    comparator: Comparator,
) -> Float[ndarray, "draws models subjects"]:
    """Cosine and corr: sums of products over pairs, weighted, are matrix products over all draws."""
    removed = comparator is Comparator.CORR
    if removed:
        # Any constant may be taken off beforehand; the overall mean leaves the least to cancel.
        x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    similarity = np.empty((counts.shape[1], len(x), len(y)))
    for block, weights in _weight_blocks(counts, comparator):
        total = weights.sum(axis=0)
        sum_x, sum_y = (x @ weights, y @ weights) if removed else (np.zeros((len(x), 1)), np.zeros((len(y), 1)))
        norm_x = norms(x**2 @ weights, removed=sum_x**2 / total)
        norm_y = norms(y**2 @ weights, removed=sum_y**2 / total)
        for s, subject in enumerate(y):
            product = (x * subject) @ weights - sum_x * sum_y[s] / total
            similarity[block, :, s] = (product / (norm_x * norm_y[s])).T
    return similarity


def _rank_correlations(
    x: Float[ndarray, "models pairs"],
    y: Float[ndarray, "subjects pairs"],
    counts: Float[ndarray, "stimuli draws"],
    comparator: Comparator,
) -> Float[ndarray, "draws models subjects"]:
    """Spearman and rho-a: one sort per RDM, then midranks by cumulative sums of the weights."""
    groups = [np.unique(rdm, return_inverse=True)[1] for rdm in (*x, *y)]
    orders = [np.argsort(group, kind="stable") for group in groups]
    starts = [np.flatnonzero(np.diff(g[o], prepend=-1)) for g, o in zip(groups, orders, strict=True)]
    similarity = np.empty((counts.shape[1], len(x), len(y)))
    for block, weights in _weight_blocks(counts, comparator):
        total = weights.sum(axis=0)
        ranks = np.empty((len(groups), *weights.shape))
        norms = np.empty((len(groups), weights.shape[1]))
        for r, (group, order, start) in enumerate(zip(groups, orders, starts, strict=True)):
            norms[r] = _midranks(weights, group, order, start, total, out=ranks[r])
        scale = 12 / (total**3 - total)
        for s in range(len(y)):
            weighted = ranks[len(x) + s] * weights
            for m in range(len(x)):
                product = np.einsum("pd,pd->d", ranks[m], weighted)
                if comparator is Comparator.RHO_A:
                    similarity[block, m, s] = product * scale
                else:
                    similarity[block, m, s] = product / np.sqrt(norms[m] * norms[len(x) + s])
    return similarity


def _midranks(
    weights: Float[ndarray, "pairs draws"],
    group: Int[ndarray, " pairs"],
    order: Int[ndarray, " pairs"],
    starts: Int[ndarray, " groups"],
    total: Float[ndarray, " draws"],
    *,
    out: Float[ndarray, "pairs draws"],
) -> Float[ndarray, " draws"]:
    """Write each pair's midrank less the mean rank into `out`; return their weighted squares, NaN where all are tied.

    A group of ties that starts after weight S and ends at weight E has midrank (S + E + 1) / 2; the mean is (N + 1)/2.
    All of it is in halves of integers, so exact.
    """
    in_order = weights[order]
    tied = in_order if starts.size == group.size else np.add.reduceat(in_order, starts, axis=0)
    ranks = tied.copy()
    _accumulate(ranks)
    ranks -= tied / 2
    ranks -= total / 2
    np.take(ranks, group, axis=0, out=out, mode="clip")  # without a mode numpy copies `out` first
    squares = np.einsum("gd,gd,gd->d", tied, ranks, ranks)
    return np.where(squares > 0, squares, np.nan)


def _accumulate(rows: Float[ndarray, "groups draws"], run: int = 64) -> None:
    """Replace each row by the sum of the rows up to it, in place, many short sums at a time."""
    runs = len(rows) // run
    if runs > 1:
        body = rows[: runs * run].reshape(runs, run, -1)
        for k in range(1, run):
            body[:, k] += body[:, k - 1]
        body[1:] += np.cumsum(body[:-1, -1], axis=0)[:, None]
    for k in range(max(1, runs * run if runs > 1 else 1), len(rows)):
        rows[k] += rows[k - 1]


def _tau_a(
    x: Float[ndarray, "models pairs"],
    y: Float[ndarray, "subjects pairs"],
    counts: Float[ndarray, "stimuli draws"],
    comparator: Comparator,
) -> Float[ndarray, "draws models subjects"]:
    """tau-a: the weighted number of concordant less discordant pairs of entries, over all pairs of entries."""
    ranked_x = [binned(rdm) for rdm in x]
    ranked_y = [binned(rdm) for rdm in y]
    similarity = np.empty((counts.shape[1], len(x), len(y)))
    for block, weights in _weight_blocks(counts, comparator):
        total = weights.sum(axis=0)
        narrow = weights.astype(np.float32 if total.max() * weights.max() < 2**24 else np.float64)
        count = concordances(ranked_x, ranked_y, narrow)
        similarity[block] = count / (total * (total - 1) / 2)[:, None, None]
    return similarity


def _whitened(
    x: Float[ndarray, "models pairs"],
    y: Float[ndarray, "subjects pairs"],
    counts: Float[ndarray, "stimuli draws"],
    comparator: Comparator,
) -> Float[ndarray, "draws models subjects"]:
    """cosine_cov and corr_cov: weighted products over pairs less what the projection onto zero row sums takes off."""
    mean_off = comparator is Comparator.CORR_COV
    if mean_off:
        x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    similarity = np.empty((counts.shape[1], len(x), len(y)))
    for block, weights in _weight_blocks(counts, comparator):
        similarity[block] = whitened_cosines(x, y, counts[:, block], weights, mean_off=mean_off)
    return similarity


_STATISTICS = {
    Comparator.COSINE: _moments,
    Comparator.CORR: _moments,
    Comparator.SPEARMAN: _rank_correlations,
    Comparator.RHO_A: _rank_correlations,
    Comparator.TAU_A: _tau_a,
    Comparator.CORR_COV: _whitened,
    Comparator.COSINE_COV: _whitened,
}
