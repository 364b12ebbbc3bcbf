"""How alike RDMs are, and how much each stimulus, or group of stimuli, moves that, to first order.

A stimulus that is drawn c times is in its pairs c times: with c_i c_j the weight of a pair, and p the derivative of a
comparator in that weight, stimulus i moves it by (c_i - 1) sum_j p_ij, and a group by the sum over its stimuli. Pairs
of a stimulus with its own copy never count, as in the bootstrap (weighted_comparators.py), whose linear part this is.

What is a pair's own is in both of its stimuli. The influences are therefore drawn in, as for every statistic of pairs
(alignment/similarity.py), to the variance over new stimuli.

Where a device was told (`arrays.computing_on`), comparators that are sums over pairs are computed there; whitened ones
and tau-a, whose concordance is read off a grid, are NumPy's everywhere.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import FEWEST_FOR_PAIRS, Similarity, undefined
from brainrank.benchmark.metrics.rdms.comparators import WHITENED, Comparator
from brainrank.benchmark.metrics.rdms.concordance_influence import concordance_influence
from brainrank.benchmark.metrics.rdms.pair_influence import (
    ComparedRdm,
    compared_rdm,
    influence_of_pairs,
    midranks,
)
from brainrank.benchmark.metrics.rdms.whitened_influence import WhitenedRdm, whitened_influence, whitened_rdm
from brainrank.benchmark.statistics.arrays import Array, beside, device_of, here, host, namespace
from brainrank.benchmark.types.condensed import pairs_in_blocks

RdmInFull = ComparedRdm | WhitenedRdm


class SimilarityInfluence(NamedTuple):
    """Similarities, and what each unit adds to them: drawn c times, it moves them by (c - 1) of it, to first order.

    Of models whose RDM is not `finite` all is NaN.
    """

    values: Float[ndarray, "models subjects"]
    influence: Float[ndarray, "models subjects units"]
    finite: Bool[ndarray, " models"]

    def of_models(self, which: Bool[ndarray, " models"]) -> "SimilarityInfluence":
        """Those of some models only."""
        return SimilarityInfluence(self.values[which], self.influence[which], self.finite[which])

    def on_draws(self, counts: Int[ndarray, "draws units"]) -> Float[ndarray, "draws models subjects"]:
        """The similarities on draws of units."""
        return np.asarray(self.values + np.tensordot(counts - 1.0, self.influence, axes=(1, 2)))


class PairSums(NamedTuple):
    """What pairs of units add to a statistic: the sum for each unit, and the sum of squares over pairs."""

    rows: Float[ndarray, " units"]
    squares: float


def similarity_influence(
    models: Iterable[Float[ndarray, " pairs"]],
    subjects: Float[ndarray, "subjects pairs"],
    units: Int[ndarray, " stimuli"],
    comparator: Comparator,
) -> SimilarityInfluence:
    """Return `compare` of each model with each subject, and its influences; one model's RDM is in memory at a time.

    `units` numbers the unit of each stimulus, from 0. NaN where a similarity is undefined or an RDM is not finite.
    """
    brains, found, finite = [rdm_in_full(rdm, comparator) for rdm in subjects], [], []
    for rdm in models:
        model = rdm_in_full(rdm, comparator)
        found.append([similarity_in_full(model, brain, units, comparator) for brain in brains])
        finite.append(model is not None)
    return SimilarityInfluence(
        np.array([[each.value for each in row] for row in found]),
        np.array([[each.influence for each in row] for row in found]),
        np.array(finite),
    )


def rdm_in_full(rdm: Float[ndarray, " pairs"], comparator: Comparator) -> RdmInFull | None:
    """An RDM with what is worked out once for all its comparisons; None where it is not finite."""
    if not np.isfinite(rdm).all():
        return None
    if comparator in WHITENED:
        return whitened_rdm(rdm, comparator)
    if comparator is Comparator.TAU_A:
        return ComparedRdm(midranks(rdm.astype(np.float64)).values, None, None)
    return compared_rdm(here(rdm), comparator)


def similarity_in_full(
    first: RdmInFull | None, second: RdmInFull | None, units: Int[ndarray, " stimuli"], comparator: Comparator
) -> Similarity:
    """Return `compare` of two RDMs, and the influence of each unit; NaN where one is not finite."""
    n_units = int(units.max()) + 1
    if first is None or second is None:
        return undefined(n_units)
    if isinstance(first, WhitenedRdm) and isinstance(second, WhitenedRdm):
        whitened = whitened_influence(first, second)
        value, of_stimuli, sums = whitened.value, whitened.influence, _sums_of_square(whitened.pairs, units)
    elif isinstance(first, ComparedRdm) and isinstance(second, ComparedRdm):
        pairs = (
            concordance_influence(first.values, second.values)
            if comparator is Comparator.TAU_A
            else influence_of_pairs(first, second, comparator)
        )
        value, of_stimuli = pairs.value, _over_pairs(pairs.influence, len(units))
        sums = _sums_of_pairs(pairs.influence, of_stimuli, units)
    influence = np.bincount(units, weights=of_stimuli, minlength=n_units)
    return Similarity(value, influence * np.sqrt(share_over_new_units(influence, sums)))


def share_over_new_units(influence: Float[ndarray, " units"], sums: PairSums) -> float:
    """Return what share of the influences' variance a statistic of pairs has over new units, (F + S) / (F + 2 S).

    As `without_doubled_pairs`, from sums over pairs, which a matrix of 10,000 units is not needed for. 1 for fewer
    units than four, and where nothing varies.
    """
    n, rows = len(influence), sums.rows
    total = float((influence**2).sum())
    if n < FEWEST_FOR_PAIRS or not total > 0:
        return 1.0
    alone = (rows - rows.sum() / (2 * (n - 1))) / (n - 2)
    both_alone = (n - 2) * float((alone**2).sum()) + float(alone.sum()) ** 2  # sum over pairs of (a_i + a_j)^2
    own = max(sums.squares - 2 * float(alone @ rows) + both_alone, 0.0)
    of_pairs = own * (n - 1) / (n - 3)
    return min(max(total - of_pairs, of_pairs) / total, 1.0)


def _over_pairs(influence: Float[Array, " pairs"], n_stimuli: int) -> Float[ndarray, " stimuli"]:
    """The sum over the pairs that each stimulus is in."""
    if device_of(influence) is not None:
        square = _square(influence, n_stimuli)
        return host(square.sum(axis=0) + square.sum(axis=1))
    found = np.zeros(n_stimuli)
    for block in pairs_in_blocks(n_stimuli):
        for stimuli in (block.first, block.second):
            found += np.bincount(stimuli, weights=influence[block.place], minlength=n_stimuli)
    return found


def _sums_of_pairs(
    influence: Float[Array, " pairs"], of_stimuli: Float[ndarray, " stimuli"], units: Int[ndarray, " stimuli"]
) -> PairSums:
    n_units = int(units.max()) + 1
    if n_units == len(units):
        return PairSums(np.bincount(units, weights=of_stimuli), float(influence @ influence))
    if device_of(influence) is not None:
        members = beside((units == np.arange(n_units)[:, None]).astype(np.float64), influence)
        one_way = host(members @ _square(influence, len(units)) @ members.T)
        return _of_units(one_way + one_way.T)
    between = np.zeros(n_units**2)
    for block in pairs_in_blocks(len(units)):
        np.add.at(between, units[block.first] * n_units + units[block.second], influence[block.place])
    square = between.reshape(n_units, n_units)
    return _of_units(square + square.T)


def _square(influence: Float[Array, " pairs"], n_stimuli: int) -> Float[Array, "stimuli stimuli"]:
    """The upper triangle of a matrix of zeros."""
    xp = namespace(influence)
    square = beside(np.zeros((n_stimuli, n_stimuli)), influence)
    square[xp.triu(xp.ones_like(square, dtype=xp.bool), k=1)] = influence
    return square


def _sums_of_square(pairs: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"]) -> PairSums:
    n_units = int(units.max()) + 1
    members = scipy.sparse.csr_array((np.ones(len(units)), (units, np.arange(len(units)))), shape=(n_units, len(units)))
    return _of_units((members @ (members @ pairs).T).T)


def _of_units(between: Float[ndarray, "units units"]) -> PairSums:
    """Sums over pairs of different units of what the stimuli of each two of them add, on both sides of the diagonal."""
    within = np.diagonal(between)
    squares = float(np.vdot(between, between)) - float(within @ within)
    return PairSums(between.sum(axis=1) - within, squares / 2)
