"""The noise ceiling of RSA: how well the subjects' own RDMs predict each subject.

Defined in docs/conventions.md#noise-ceilings.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import RANKED, Comparator, centred, compare
from brainrank.benchmark.metrics.rdms.drawn_similarity import drawn_similarity
from brainrank.benchmark.types.score import NoiseCeiling


def noise_ceiling(rdms: Float[ndarray, "subjects pairs"], comparator: Comparator) -> NoiseCeiling:
    """Return how well the pool of the other subjects (lower) and of all (upper) predicts a subject, on average.

    upper = mean_i compare(rdm_i, pool of all), lower = mean_i compare(rdm_i, pool of all but i). The pool is the mean
    of RDMs normalised as the comparator needs: `normalised`. With fewer than 2 subjects, or a subject whose similarity
    is undefined, both are NaN with the reason. References: Nili et al. (2014); rsatoolbox's boot_noise_ceiling.
    """
    n = len(rdms)
    if n < 2:
        return NoiseCeiling(np.nan, np.nan, f"a noise ceiling needs at least 2 subjects, here {n}")
    parts = normalised(rdms, comparator)
    pool = parts.mean(axis=0, keepdims=True)
    upper = compare(rdms, pool, comparator)[:, 0]
    lower = np.array(
        [compare(own[None], pool, comparator)[0, 0] for own, pool in zip(rdms, _others(parts), strict=True)]
    )
    undefined = np.flatnonzero(np.isnan(upper) | np.isnan(lower))
    if undefined.size:
        alone = np.flatnonzero(np.isnan(rdms).any(axis=1) | (np.ptp(rdms, axis=1) == 0))
        undefined = alone if alone.size else undefined
        names = ", ".join(str(i + 1) for i in undefined[:5])
        return NoiseCeiling(np.nan, np.nan, f"{comparator} is undefined for subject {names}: a constant or missing RDM")
    return NoiseCeiling(float(lower.mean()), float(upper.mean()))


class SimilarityToOthers(NamedTuple):
    """How well the pool of the others predicts each subject: on all stimuli, and on draws of them."""

    fixed: Float[ndarray, " subjects"]
    drawn: Float[ndarray, "draws subjects"]


def similarity_to_others(
    rdms: Float[ndarray, "subjects pairs"],
    counts: Int[ndarray, "draws stimuli"],
    *,
    units: Int[ndarray, " stimuli"],
    anew: bool,
    comparator: Comparator,
) -> SimilarityToOthers:
    """Return what the lower noise ceiling is the mean of, on all stimuli and on draws; pools stay what they are.

    Draws are as of `drawn_similarity`.
    """
    fixed, drawn = [], []
    for own, pool in zip(rdms, _others(normalised(rdms, comparator)), strict=True):
        found = drawn_similarity(pool, own[None], counts, units=units, anew=anew, comparator=comparator)
        fixed.append(found.fixed[0, 0])
        drawn.append(found.drawn[:, 0, 0])
    return SimilarityToOthers(np.array(fixed), np.stack(drawn, axis=1))


def _others(parts: Float[ndarray, "subjects pairs"]) -> list[Float[ndarray, "1 pairs"]]:
    """The pool of the others, for each subject.

    Summed anew for each: the pool of all less one's own part would leave a rounding error where others are constant.
    """
    return [np.delete(parts, subject, axis=0).mean(axis=0, keepdims=True) for subject in range(len(parts))]


def normalised(rdms: Float[ndarray, "subjects pairs"], comparator: Comparator) -> Float[ndarray, "subjects pairs"]:
    """Return what is averaged in a pool: ranks, z scores (corr, corr_cov) or RDMs over their root mean square.

    An RDM without the variance or length to divide by is NaN throughout.
    """
    if comparator in RANKED:
        return np.asarray(scipy.stats.rankdata(rdms.astype(np.float64), axis=1))
    parts = rdms.astype(np.float64)
    if comparator in {Comparator.CORR, Comparator.CORR_COV}:
        parts = centred(parts)
    scale = np.sqrt((parts**2).mean(axis=1, keepdims=True))
    return parts / np.where(scale > 0, scale, np.nan)
