"""Comparators: how alike two RDMs are (docs/conventions.md#comparators)."""

from enum import StrEnum

import numpy as np
import scipy
from jaxtyping import Bool, Float
from numpy import ndarray

from brainrank.benchmark.types.condensed import pairs_of, stimuli_of_pairs
from brainrank.benchmark.types.errors import InvalidDataError

# A squared norm below this share of the squares it is the difference of is rounding error: the RDM is constant.
CONSTANT_SHARE = 1e-13


class Comparator(StrEnum):
    """A similarity of two RDMs, by its name in rsatoolbox."""

    COSINE = "cosine"
    CORR = "corr"
    SPEARMAN = "spearman"
    TAU_A = "tau-a"
    RHO_A = "rho-a"
    CORR_COV = "corr_cov"
    COSINE_COV = "cosine_cov"


WHITENED = frozenset({Comparator.CORR_COV, Comparator.COSINE_COV})
RANKED = frozenset({Comparator.SPEARMAN, Comparator.TAU_A, Comparator.RHO_A})


def is_comparable(rows: Float[ndarray, "*any elements"]) -> Bool[ndarray, "*any"]:
    """Whether each row is finite and varies, so that it has a similarity to another."""
    return np.asarray(np.isfinite(rows).all(axis=-1) & (np.ptp(rows, axis=-1) > 0))


def compare(
    first: Float[ndarray, "first pairs"], second: Float[ndarray, "second pairs"], comparator: Comparator
) -> Float[ndarray, "first second"]:
    """Return the similarity of each RDM of `first` with each of `second`.

    cosine: x'y / (|x| |y|); corr: cosine of x - mean; spearman: corr of midranks; rho-a: 12 sum(centred midranks
    product) / (n^3 - n); tau-a: (concordant - discordant) / (n (n - 1) / 2), n the number of pairs; cosine_cov: cosine
    of the doubly centred square RDMs, which is the cosine of x and y whitened by the covariance V of dissimilarity
    estimates with independent noise; corr_cov: the same of x - mean. A norm of zero (a constant RDM) leaves the
    similarity undefined: NaN; so does a NaN in an RDM. Raises InvalidDataError for fewer than 3 pairs or a number of
    pairs that is no n (n - 1) / 2.
    References: Nili et al. (2014); Diedrichsen et al. (2021) for cosine_cov; Schütt et al. (2023) for rho-a.
    """
    n_pairs = first.shape[1]
    if stimuli_of_pairs(n_pairs) < 3:
        raise InvalidDataError("RDMs of 2 stimuli have one pair; comparing RDMs needs at least 3 stimuli")
    x, y = first.astype(np.float64), second.astype(np.float64)
    if comparator is Comparator.TAU_A:
        return np.array([[_tau_a(one, other) for other in y] for one in x]).reshape(len(x), len(y))
    if comparator in RANKED:
        x, y = scipy.stats.rankdata(x, axis=1) - (n_pairs + 1) / 2, scipy.stats.rankdata(y, axis=1) - (n_pairs + 1) / 2
    if comparator is Comparator.RHO_A:
        return np.asarray(x @ y.T * 12 / (float(n_pairs) ** 3 - n_pairs))
    if comparator in {Comparator.CORR, Comparator.CORR_COV}:
        x, y = centred(x), centred(y)
    if comparator in WHITENED:
        x, y = whitened(x), whitened(y)
    return np.asarray(unit_length(x) @ unit_length(y).T)


def centred(rdms: Float[ndarray, "rdms pairs"]) -> Float[ndarray, "rdms pairs"]:
    """Return each RDM less its mean, exactly zero where the RDM is constant."""
    deviations = rdms - rdms.mean(axis=1, keepdims=True)
    squares, original = (deviations**2).sum(axis=1), (rdms**2).sum(axis=1)
    return np.where((squares <= CONSTANT_SHARE**2 * original)[:, None], 0.0, deviations)


def whitened(rdms: Float[ndarray, "rdms pairs"]) -> Float[ndarray, "rdms elements"]:
    """Return the elements of H D H (D the square RDM, H the centring), off-diagonal ones times sqrt 2.

    Their inner products are x' V^-1 y up to a factor, V the covariance of squared distances of independent patterns.
    """
    n = stimuli_of_pairs(rdms.shape[1])
    upper = pairs_of(n)
    square = np.zeros((len(rdms), n, n))
    square[:, *upper] = rdms
    square += square.transpose(0, 2, 1)
    rows = square.mean(axis=2, keepdims=True)
    square += rows.mean(axis=1, keepdims=True) - rows - rows.transpose(0, 2, 1)
    return np.hstack([square[:, *upper] * np.sqrt(2), np.diagonal(square, axis1=1, axis2=2)])


def unit_length(rdms: Float[ndarray, "rdms elements"]) -> Float[ndarray, "rdms elements"]:
    """Return each RDM over its norm, NaN where the norm is zero."""
    norms = np.linalg.norm(rdms, axis=1, keepdims=True)
    return rdms / np.where(norms > 0, norms, np.nan)


def _tau_a(x: Float[ndarray, " pairs"], y: Float[ndarray, " pairs"]) -> float:

    if np.isnan(x).any() or np.isnan(y).any():
        return float("nan")
    untied_x, untied_y = _untied(x), _untied(y)
    if untied_x == 0 or untied_y == 0:
        return 0.0
    # scipy counts concordances in n log n but divides by the untied pairs; tau-a divides by all.
    tau_b = float(scipy.stats.kendalltau(x, y, method="asymptotic").statistic)
    return tau_b * float(np.sqrt(untied_x) * np.sqrt(untied_y)) / (x.size * (x.size - 1) / 2)


def _untied(values: Float[ndarray, " pairs"]) -> float:
    """Return the number of pairs of entries that differ."""
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float(values.size * (values.size - 1) / 2 - (counts * (counts - 1) / 2).sum())
