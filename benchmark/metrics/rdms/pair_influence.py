"""How alike two RDMs are over some pairs of their stimuli, and how much each pair moves that.

Of values on pairs, all of them or only those of different groups, each comparator is a function of weighted sums; its
derivative in a pair's weight is what a pair adds to it, about its value. For ranks that is what a pair adds by its own
two ranks, and by lifting the ranks of all pairs above it: of M = sum_p w_p x_p y_p, x and y centred midranks,

    dM / dw_p = x_p y_p + sum_q s(x_q - x_p) y_q + sum_q s(y_q - y_p) x_q,    s = 1 above, 1/2 where equal, 0 below.

RDMs on a device (statistics/arrays.py) are compared there. References: Hampel 1974; Croux & Dehon 2010 for Spearman's
rho.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import RANKED, Comparator, centred
from brainrank.benchmark.statistics.arrays import (
    Array,
    ascending_order,
    beside,
    cumulative_sum,
    device_of,
    host,
    namespace,
    sums_of_runs,
)
from brainrank.benchmark.types.errors import InvalidDataError


class PairInfluence(NamedTuple):
    """A similarity, and its derivative in the weight of each pair."""

    value: float
    influence: Float[Array, " pairs"]


class Ascending(NamedTuple):
    """The pairs of an RDM in ascending order, and where each group of ties starts in it."""

    order: Int[Array, " pairs"]
    starts: Int[Array, " ties"]


class ComparedRdm(NamedTuple):
    """What of an RDM a comparator multiplies, and what is worked out once for many comparisons.

    `ascending` is None where ranks are not what is compared; `own` is the comparison with itself.
    """

    values: Float[Array, " pairs"]
    ascending: Ascending | None
    own: PairInfluence | None


def compared_rdm(rdm: Float[Array, " pairs"], comparator: Comparator) -> ComparedRdm:
    """Return an RDM as `influence_of_pairs` takes it.

    Raises InvalidDataError for a comparator that is of more than single pairs.
    """
    if comparator not in OF_PAIRS:
        raise InvalidDataError(f"{comparator} is no sum over pairs; choose from {', '.join(OF_PAIRS)}")
    xp = namespace(rdm)
    values, ascending = xp.astype(rdm, xp.float64), None
    if comparator in RANKED:
        values, ascending = midranks(values)
    elif comparator is Comparator.CORR:
        values = beside(centred(host(values)[None])[0], values)
    compared = ComparedRdm(values, ascending, None)
    return compared if comparator is Comparator.RHO_A else compared._replace(own=_moments(compared, compared))


def influence_of_pairs(first: ComparedRdm, second: ComparedRdm, comparator: Comparator) -> PairInfluence:
    """Return the similarity of two RDMs, as `compare`, and what each pair adds to it.

    All NaN where one of the two is constant (of zeros, for `cosine`); rho-a is then 0 by its formula.
    """
    between = _moments(first, second)
    if first.own is None or second.own is None:
        n = float(len(first.values))
        scale = 12 / (n**3 - n)
        value = scale * between.value
        return PairInfluence(value, scale * (between.influence - between.value * (3 * n**2 - 1) / (n**3 - n)))
    own, other = first.own, second.own
    if not own.value * other.value > 0:
        return PairInfluence(np.nan, namespace(first.values).full_like(first.values, np.nan))
    norm = np.sqrt(own.value * other.value)
    value = between.value / norm
    shrinking = own.influence / own.value + other.influence / other.value
    return PairInfluence(float(value), between.influence / norm - value / 2 * shrinking)


def pair_influence(
    first: Float[ndarray, " pairs"], second: Float[ndarray, " pairs"], comparator: Comparator
) -> PairInfluence:
    """Return the similarity of two RDMs, as `compare`, and what each pair adds to it.

    Undefined, all NaN, where one of the two is the same for all pairs (of zeros, for `cosine`), which is no RDM of
    anything that varies. Raises InvalidDataError for a comparator that is of more than single pairs.
    """
    x, y = (compared_rdm(each, comparator) for each in (first, second))
    if not (x.values.any() and y.values.any()):
        return PairInfluence(np.nan, np.full(len(first), np.nan))
    return influence_of_pairs(x, y, comparator)


OF_PAIRS = (Comparator.COSINE, Comparator.CORR, Comparator.SPEARMAN, Comparator.RHO_A)
"""The comparators that are sums over pairs."""


class Midranks(NamedTuple):
    """Midranks less their mean, and the order of what was ranked."""

    values: Float[Array, " pairs"]
    ascending: Ascending


def midranks(rdm: Float[Array, " pairs"]) -> Midranks:
    """Rank an RDM by one sort, which its order is taken from, too."""
    xp, n, order = namespace(rdm), len(rdm), ascending_order(rdm)
    in_order = rdm[order]
    first = xp.astype(xp.nonzero(in_order[1:] != in_order[:-1])[0] + 1, order.dtype)
    starts = xp.concat([xp.zeros_like(order[:1]), first])
    ascending = Ascending(order, starts)
    sizes = xp.astype(_sizes(ascending), xp.float64)
    return Midranks(_to_pairs(starts + (sizes + 1) / 2 - (n + 1) / 2, ascending), ascending)


def _moments(x: ComparedRdm, y: ComparedRdm) -> PairInfluence:
    """Sum of x y. A pair adds its own product, and of ranks, by lifting those above it in the one, the others' of them.

    Of values, a pair moves the mean only where all of it cancels.
    """
    influence = x.values * y.values
    if x.ascending is not None and y.ascending is not None:
        influence = influence + _sum_above(x.ascending, y.values) + _sum_above(y.ascending, x.values)
    return PairInfluence(float(x.values @ y.values), influence)


def _sum_above(ascending: Ascending, values: Float[Array, " pairs"]) -> Float[Array, " pairs"]:
    """For each pair the sum of values over the pairs that rank above it, and half of those that rank as it does."""
    in_order = values[ascending.order]
    tied = sums_of_runs(in_order, ascending.starts) if len(ascending.starts) < len(in_order) else in_order
    return _to_pairs(namespace(tied).sum(tied) - cumulative_sum(tied) + tied / 2, ascending)


def _to_pairs(of_ties: Float[Array, " ties"], ascending: Ascending) -> Float[Array, " pairs"]:
    """What belongs to each group of ties, for each pair of it."""
    xp, n = namespace(of_ties), len(ascending.order)
    pairs = xp.empty(n, dtype=xp.float64, device=device_of(of_ties))
    pairs[ascending.order] = of_ties if len(of_ties) == n else xp.repeat(of_ties, _sizes(ascending))
    return pairs


def _sizes(ascending: Ascending) -> Int[Array, " ties"]:
    xp, starts = namespace(ascending.starts), ascending.starts
    return xp.concat([starts[1:], xp.full_like(starts[:1], len(ascending.order))]) - starts
