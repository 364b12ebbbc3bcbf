"""The noise ceiling of RSA: how well the subjects' own RDMs predict each subject.

Defined in docs/conventions.md#noise-ceilings.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.metrics.rdms.comparators import RANKED, Comparator, centred, compare
from brainrank.benchmark.metrics.rdms.pair_influence import ComparedRdm
from brainrank.benchmark.metrics.rdms.stimulus_influence import RdmInFull, rdm_in_full, similarity_in_full
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.arrays import host
from brainrank.benchmark.statistics.resampling import counts_of_units
from brainrank.benchmark.types.score import NoiseCeiling

FEWEST_SUBJECTS = 2


def noise_ceiling(rdms: Float[ndarray, "subjects pairs"], comparator: Comparator) -> NoiseCeiling:
    """Return how well the pool of the other subjects (lower) and of all (upper) predicts a subject, on average.

    upper = mean_i compare(rdm_i, pool of all), lower = mean_i compare(rdm_i, pool of all but i). The pool is the mean
    of RDMs normalised as the comparator needs: `normalised`. With fewer than 2 subjects, or a subject whose similarity
    is undefined, both are NaN with the reason. References: Nili et al. (2014); rsatoolbox's boot_noise_ceiling.
    """
    n = len(rdms)
    if n < FEWEST_SUBJECTS:
        return NoiseCeiling(np.nan, np.nan, f"a noise ceiling needs at least {FEWEST_SUBJECTS} subjects, here {n}")
    parts = normalised(rdms, comparator)
    pool = parts.mean(axis=0, keepdims=True)
    upper = compare(rdms, pool, comparator)[:, 0]
    lower = np.array(
        [compare(own[None], pool, comparator)[0, 0] for own, pool in zip(rdms, _others(parts), strict=True)]
    )
    return _ceiling(lower, upper, rdms, comparator)


class CeilingOnDraws(NamedTuple):
    """A noise ceiling, and what its lower bound is the mean of: on all stimuli, and on draws of them."""

    ceiling: NoiseCeiling
    fixed: Float[ndarray, " subjects"]
    drawn: Float[ndarray, "draws subjects"]


def noise_ceiling_on_draws(
    rdms: Float[ndarray, "subjects pairs"],
    counts: Int[ndarray, "draws stimuli"],
    *,
    units: Int[ndarray, " stimuli"],
    anew: bool,
    comparator: Comparator,
) -> CeilingOnDraws:
    """Return `noise_ceiling`, and how well the others predict each subject on draws; pools stay what they are.

    Draws are compared `anew`, or moved by influences (drawn_similarity.py). Without a ceiling all is NaN.
    """
    found = _on_draws(rdms, counts, comparator) if anew else _by_influence(rdms, counts, units, comparator)
    if not np.isnan(found.ceiling.lower):
        return found
    return CeilingOnDraws(found.ceiling, np.full(len(rdms), np.nan), np.full((len(counts), len(rdms)), np.nan))


def _on_draws(
    rdms: Float[ndarray, "subjects pairs"], counts: Int[ndarray, "draws stimuli"], comparator: Comparator
) -> CeilingOnDraws:
    ceiling, fixed, drawn = noise_ceiling(rdms, comparator), np.full(len(rdms), np.nan), []
    if np.isnan(ceiling.lower):
        return CeilingOnDraws(ceiling, fixed, np.empty((0, len(rdms))))
    for number, (own, pool) in enumerate(zip(rdms, _others(normalised(rdms, comparator)), strict=True)):
        fixed[number] = compare(pool, own[None], comparator)[0, 0]
        drawn.append(compare_resampled(pool, own[None], counts, comparator)[:, 0, 0])
    return CeilingOnDraws(ceiling, fixed, np.stack(drawn, axis=1))


def _by_influence(
    rdms: Float[ndarray, "subjects pairs"],
    counts: Int[ndarray, "draws stimuli"],
    units: Int[ndarray, " stimuli"],
    comparator: Comparator,
) -> CeilingOnDraws:
    """Each subject's RDM, and each pool, is ranked once; one pool is in memory at a time."""
    nothing = np.full(len(rdms), np.nan)
    whole = [rdm_in_full(rdm, comparator) for rdm in rdms]
    if len(rdms) < FEWEST_SUBJECTS or any(each is None for each in whole):
        return CeilingOnDraws(noise_ceiling(rdms, comparator), nothing, nothing[None])
    parts = [_part(rdm, each, comparator) for rdm, each in zip(rdms, whole, strict=True)]
    pool = rdm_in_full(_mean(parts), comparator)
    upper = np.array([similarity_in_full(each, pool, units, comparator).value for each in whole])
    del pool
    lower = list[Similarity]()
    for number, own in enumerate(whole):
        others = rdm_in_full(_mean(parts[:number] + parts[number + 1 :]), comparator)
        lower.append(similarity_in_full(others, own, units, comparator))
    fixed = np.array([each.value for each in lower])
    influence = np.stack([each.influence for each in lower])
    drawn = fixed + (counts_of_units(counts, units) - 1.0) @ influence.T
    return CeilingOnDraws(_ceiling(fixed, upper, rdms, comparator), fixed, drawn)


def _part(rdm: Float[ndarray, " pairs"], whole: RdmInFull | None, comparator: Comparator) -> Float[ndarray, " pairs"]:
    """What is averaged in a pool. Centred ranks are as good as ranks there, since it is ranked again."""
    if comparator in RANKED and isinstance(whole, ComparedRdm):
        return host(whole.values)
    return np.asarray(normalised(rdm[None], comparator)[0])


def _mean(parts: Sequence[Float[ndarray, " pairs"]]) -> Float[ndarray, " pairs"]:
    total = parts[0].copy()
    for each in parts[1:]:
        total += each
    return np.asarray(total / len(parts))


def _ceiling(
    lower: Float[ndarray, " subjects"],
    upper: Float[ndarray, " subjects"],
    rdms: Float[ndarray, "subjects pairs"],
    comparator: Comparator,
) -> NoiseCeiling:
    """The means over subjects; NaN, with their numbers, where a similarity of some is undefined."""
    undefined = np.flatnonzero(np.isnan(upper) | np.isnan(lower))
    if undefined.size:
        alone = np.flatnonzero(np.isnan(rdms).any(axis=1) | (np.ptp(rdms, axis=1) == 0))
        undefined = alone if alone.size else undefined
        names = ", ".join(str(i + 1) for i in undefined[:5])
        return NoiseCeiling(np.nan, np.nan, f"{comparator} is undefined for subject {names}: a constant or missing RDM")
    return NoiseCeiling(float(lower.mean()), float(upper.mean()))


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
