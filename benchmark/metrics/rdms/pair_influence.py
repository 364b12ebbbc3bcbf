"""How alike two RDMs are over some pairs of their stimuli, and how much each pair moves that.

Of values on pairs, all of them or only those of different groups, each comparator is a function of weighted sums; its
derivative in a pair's weight is what a pair adds to it, about its value. For ranks that is what a pair adds by its own
two ranks, and by lifting the ranks of all pairs above it: of M = sum_p w_p x_p y_p, x and y centred midranks,

    dM / dw_p = x_p y_p + sum_q s(x_q - x_p) y_q + sum_q s(y_q - y_p) x_q,    s = 1 above, 1/2 where equal, 0 below.

References: Hampel 1974; Croux & Dehon 2010 for Spearman's rho.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, centred
from brainrank.benchmark.types.errors import InvalidDataError


class PairInfluence(NamedTuple):
    """A similarity, and its derivative in the weight of each pair."""

    value: float
    influence: Float[ndarray, " pairs"]


def pair_influence(
    first: Float[ndarray, " pairs"], second: Float[ndarray, " pairs"], comparator: Comparator
) -> PairInfluence:
    """Return the similarity of two RDMs, as `compare`, and what each pair adds to it.

    Undefined, all NaN, where one of the two is the same for all pairs (of zeros, for `cosine`), which is no RDM of
    anything that varies. Raises InvalidDataError for a comparator that is of more than single pairs.
    """
    if comparator not in OF_PAIRS:
        raise InvalidDataError(f"{comparator} is no sum over pairs; choose from {', '.join(OF_PAIRS)}")
    moments = _of_ranks if comparator in (Comparator.RHO_A, Comparator.SPEARMAN) else _of_values
    x, y = (OF_PAIRS[comparator](each.astype(np.float64)) for each in (first, second))
    if not (x.any() and y.any()):
        return PairInfluence(np.nan, np.full(len(x), np.nan))
    between = moments(x, y)
    if comparator is Comparator.RHO_A:
        n = float(len(x))
        scale = 12 / (n**3 - n)
        value = scale * between.value
        return PairInfluence(value, scale * (between.influence - between.value * (3 * n**2 - 1) / (n**3 - n)))
    own, other = moments(x, x), moments(y, y)
    norm = np.sqrt(own.value * other.value)
    value = between.value / norm
    shrinking = own.influence / own.value + other.influence / other.value
    return PairInfluence(float(value), between.influence / norm - value / 2 * shrinking)


def _centred(rdm: Float[ndarray, " pairs"]) -> Float[ndarray, " pairs"]:
    return np.asarray(centred(rdm[None])[0])


def _ranked(rdm: Float[ndarray, " pairs"]) -> Float[ndarray, " pairs"]:
    return np.asarray(scipy.stats.rankdata(rdm) - (len(rdm) + 1) / 2)


def _as_it_is(rdm: Float[ndarray, " pairs"]) -> Float[ndarray, " pairs"]:
    return rdm


OF_PAIRS: Mapping[Comparator, Callable[[Float[ndarray, " pairs"]], Float[ndarray, " pairs"]]] = {
    Comparator.COSINE: _as_it_is,
    Comparator.CORR: _centred,
    Comparator.SPEARMAN: _ranked,
    Comparator.RHO_A: _ranked,
}
"""The comparators that are sums over pairs, and what of an RDM they multiply."""


def _of_values(x: Float[ndarray, " pairs"], y: Float[ndarray, " pairs"]) -> PairInfluence:
    """Sum of x y: a pair's weight moves no other pair's value, and the mean only where all of it cancels."""
    return PairInfluence(float(x @ y), x * y)


def _of_ranks(x: Float[ndarray, " pairs"], y: Float[ndarray, " pairs"]) -> PairInfluence:
    """Sum of x y, centred midranks, in which a pair lifts those above it."""
    return PairInfluence(float(x @ y), x * y + _sum_above(x, y) + _sum_above(y, x))


def _sum_above(ranks: Float[ndarray, " pairs"], values: Float[ndarray, " pairs"]) -> Float[ndarray, " pairs"]:
    """For each pair the sum of values over the pairs that rank above it, and half of those that rank as it does."""
    place = np.unique(ranks, return_inverse=True)[1]
    tied = np.bincount(place, weights=values)
    return np.asarray((tied.sum() - np.cumsum(tied) + tied / 2)[place])
