"""The debiased CKA metric: centred kernel alignment without what finitely many stimuli add to it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.halves import Bounds
from brainrank.benchmark.metrics.alignment.kernels import KernelMetric
from brainrank.benchmark.metrics.alignment.similarity import (
    Similarity,
    jackknifed,
    undefined,
    without_doubled_pairs,
)
from brainrank.benchmark.metrics.alignment.unbiased_hsic import unbiased_hsic


@dataclass(frozen=True)
class DebiasedCkaMetric(KernelMetric):
    """h(K, L) / sqrt(h(K, K) h(L, L)), h the unbiased HSIC, which leaves out pairs of one stimulus or group."""

    name: ClassVar[str] = "debiased-cka"
    words: ClassVar[str] = (
        "Debiased centred kernel alignment (CKA): how alike are the model’s and the brain’s similarities of all "
        "stimuli, without what many features and few stimuli add to CKA? Representations that have nothing in common "
        "score 0 on average. Targets keep their own variance. The layer is chosen on one half of the stimuli and "
        "reported on the other, both ways. The noise ceiling is what the true responses would score, by how alike two "
        "halves of the repeats are; of several subjects’ RDMs, how alike each is to the others (below) and to all "
        "(above)."
    )
    citation: ClassVar[str] = "Nguyen, Raghu & Kornblith 2021; Song, Smola, Gretton, Bedo & Borgwardt 2012"

    @property
    def unit(self) -> str:
        """As a correlation: 1 where the two are the same, 0 where they have nothing in common."""
        return "debiased CKA"

    def represented(
        self, matrix: Float[ndarray, "stimuli stimuli"], _units: Int[ndarray, " stimuli"]
    ) -> Shaped[ndarray, "stimuli columns"]:
        """The Gram matrix itself."""
        return matrix

    def similarity(
        self,
        first: Shaped[ndarray, "stimuli columns"],
        second: Shaped[ndarray, "stimuli columns2"],
        units: Int[ndarray, " stimuli"],
    ) -> Similarity:
        """Debiased CKA, and the influence of units; NaN where an own HSIC is not above zero.

        An influence is the mean of that by leaving the unit out, of which few units are too much moved, and of that to
        first order, of which they are too little (docs/decisions/alignment.md).
        """
        own = unbiased_hsic(first, first, units), unbiased_hsic(second, second, units)
        between = unbiased_hsic(first, second, units)
        values, k, l_ = (np.append(each.value, each.without) for each in (between, *own))
        scale = np.sqrt(np.where((k > 0) & (l_ > 0), k, np.nan) * l_)
        found = values / scale
        if np.isnan(found[0]):
            return undefined(int(units.max()) + 1)
        pairs = _pairs(first, second, units, float(found[0]))
        influence = (jackknifed(found[1:]) + pairs.sum(axis=1)) / 2
        return Similarity(float(found[0]), without_doubled_pairs(influence, pairs))

    def of_repeats(
        self,
        one: Shaped[ndarray, "stimuli columns"],
        others: Shaped[ndarray, "stimuli columns2"],
        everything: Shaped[ndarray, "stimuli columns3"],
        units: Int[ndarray, " stimuli"],
    ) -> Bounds:
        """What the true responses would score: sqrt(h(K1, K2) / h(K, K)), of two halves of the repeats and of all.

        Noise of different repeats has nothing in common, so that h(K1, K2) is h of the true responses on average, with
        themselves or with the mean of all repeats. Its sign stays where halves contradict each other.
        """
        twice, own = unbiased_hsic(one, others, units), unbiased_hsic(everything, everything, units)
        ratio, k = np.append(twice.value, twice.without), np.append(own.value, own.without)
        ratio = ratio / np.where(k > 0, k, np.nan)
        found = np.sign(ratio) * np.sqrt(np.abs(ratio))
        best = Similarity(float(found[0]), jackknifed(found[1:]))
        return Bounds(best, best)


def _pairs(
    first: Float[ndarray, "stimuli stimuli"],
    second: Float[ndarray, "stimuli stimuli"],
    units: Int[ndarray, " stimuli"],
    value: float,
) -> Float[ndarray, "units units"]:
    """What each two units add to CKA c: 2 (k l - c (k^2 + l^2) / 2), k and l centred and of length 1."""
    member = np.eye(int(units.max()) + 1)[units]
    share = member / member.sum(axis=0)
    weight = share.sum(axis=1)
    k, l_ = (_centred(each, units, weight) for each in (first, second))
    return np.asarray(share.T @ (2 * k * l_ - value * (k**2 + l_**2)) @ share)


def _centred(
    matrix: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"], weight: Float[ndarray, " stimuli"]
) -> Float[ndarray, "stimuli stimuli"]:
    """Centred over pairs of different units, every unit weighing the same; of length 1."""
    apart = units[:, None] != units
    masked, n = np.where(apart, matrix, 0.0), weight.sum()
    rows = masked @ weight / (n - 2)
    centred = np.where(apart, masked - rows[:, None] - rows + rows @ weight / (n - 1), 0.0)
    return np.asarray(centred / np.sqrt(weight @ centred**2 @ weight))
