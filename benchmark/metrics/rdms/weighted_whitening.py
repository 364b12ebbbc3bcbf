"""The whitened inner product of RDMs on bootstrap draws of stimuli.

rsatoolbox compares resampled RDMs by projecting -D/2, with the entries of a stimulus against its own copies missing,
onto the matrices whose rows sum to zero over the entries that are there. What is projected off has the form
(a_i + a_j) / 2, and copies of one stimulus have the same a by symmetry. With counts c of n drawn in all, s = D c and
d = 1 + n/2 - c, the conditions on a become d_k a_k + (sum c a) / 2 = s_k, a diagonal matrix plus one of rank one. So

    <D, D'> = sum_kl c_k c_l D_kl D'_kl - sum_k c_k s_k s'_k / d_k + B B' / (2 + E),

B = sum_k c_k s_k / d_k, E = sum_k c_k / d_k; with c = 1 this is the inner product of doubly centred matrices. (The
factor -1/2 leaves every cosine unchanged and is left out.)
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import CONSTANT_SHARE
from brainrank.benchmark.types.condensed import square_rdm


def whitened_cosines(
    x: Float[ndarray, "models pairs"],
    y: Float[ndarray, "subjects pairs"],
    counts: Float[ndarray, "stimuli draws"],
    weights: Float[ndarray, "pairs draws"],
    *,
    mean_off: bool,
) -> Float[ndarray, "draws models subjects"]:
    """Return <x, y> / sqrt(<x, x> <y, y>) on each draw, with the weighted mean taken off each RDM if `mean_off`.

    <x - m 1, y - m' 1> is expanded, with 1 the RDM of ones: one more RDM in the same inner product.
    """
    effects = row_effects(counts)
    rdms = np.vstack([x, y, np.ones((1, x.shape[1]))])
    parts = [projected(rdm, counts, effects) for rdm in rdms]
    sums = rdms @ weights
    with_ones = 2 * sums - np.stack([removed(part, parts[-1], effects) for part in parts])
    means = sums / sums[-1] if mean_off else np.zeros_like(sums)
    off = np.stack([removed(part, part, effects) for part in parts])
    off += 2 * means * with_ones - means**2 * with_ones[-1]
    norm = norms(2 * (rdms**2 @ weights), removed=off)
    n = len(x)
    similarity = np.empty((weights.shape[1], n, len(y)))
    for s, subject in enumerate(y):
        k = n + s
        product = 2 * ((x * subject) @ weights) - np.stack([removed(part, parts[k], effects) for part in parts[:n]])
        product -= means[k] * with_ones[:n] + means[:n] * (with_ones[k] - means[k] * with_ones[-1])
        similarity[:, :, s] = (product / (norm[:n] * norm[k])).T
    return similarity


def norms(
    squares: Float[ndarray, "rdms draws"], *, removed: Float[ndarray, "rdms draws"]
) -> Float[ndarray, "rdms draws"]:
    """Return sqrt(squares - removed), NaN where the difference is nothing but rounding error."""
    remaining = squares - removed
    return np.sqrt(np.where(remaining > CONSTANT_SHARE * squares, remaining, np.nan))


class RowEffects(NamedTuple):
    """What the projection needs of the counts: c / d (0 where d = 0), 1 + E/2, and where d = 0."""

    ratios: Float[ndarray, "stimuli draws"]
    scale: Float[ndarray, " draws"]
    singular: Bool[ndarray, "stimuli draws"]


class Projected(NamedTuple):
    """What the projection needs of an RDM: s = D c, B, and s of the stimulus where d = 0 (0 in other draws)."""

    sums: Float[ndarray, "stimuli draws"]
    weighted: Float[ndarray, " draws"]
    at_singular: Float[ndarray, " draws"]


def row_effects(counts: Float[ndarray, "stimuli draws"]) -> RowEffects:
    """Return the projection's terms that depend on the draws alone."""
    d = 1 + counts.sum(axis=0) / 2 - counts
    singular = d == 0
    ratios = np.where(singular, 0.0, counts / np.where(singular, 1.0, d))
    return RowEffects(ratios, 1 + ratios.sum(axis=0) / 2, singular)


def projected(rdm: Float[ndarray, " pairs"], counts: Float[ndarray, "stimuli draws"], effects: RowEffects) -> Projected:
    """Return the projection's terms of one RDM."""
    sums = square_rdm(rdm) @ counts
    return Projected(sums, (effects.ratios * sums).sum(axis=0), (effects.singular * sums).sum(axis=0))


def removed(x: Projected, y: Projected, effects: RowEffects) -> Float[ndarray, " draws"]:
    """Return what the projection takes off the inner product sum_kl c_k c_l x_kl y_kl.

    d_k = 0 where one stimulus is drawn n/2 + 1 times (at most one can be); the formula has a limit there.
    """
    rows = np.einsum("kd,kd,kd->d", effects.ratios, x.sums, y.sums)
    regular = x.weighted * y.weighted / (2 * effects.scale)
    cross = x.at_singular * y.weighted + x.weighted * y.at_singular
    limit = cross - 2 * effects.scale * x.at_singular * y.at_singular
    return np.asarray(rows - np.where(effects.singular.any(axis=0), limit, regular))
