"""Mutual nearest neighbours: how many of a stimulus's k nearest in one representation are among those in another."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import Similarity, undefined, without_doubled_pairs


def nearest_others(
    distances: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"], *, k: int
) -> Float[ndarray, "stimuli stimuli"]:
    """Which are the k nearest stimuli of other units to each (row), 1 or 0, the first of equals.

    NaN in the row of a stimulus with fewer candidates, or all of whose candidates are equally far.
    """
    apart = np.where(units[:, None] == units, np.inf, distances)
    nearest = np.zeros(distances.shape)
    np.put_along_axis(nearest, np.argsort(apart, axis=1, kind="stable")[:, :k], 1.0, axis=1)
    candidates = np.isfinite(apart)
    alike = np.where(candidates, apart, -np.inf).max(axis=1) == apart.min(axis=1)
    nearest[(candidates.sum(axis=1) < k) | alike] = np.nan
    return nearest


def mutual_neighbours(
    first: Float[ndarray, "stimuli stimuli"], second: Float[ndarray, "stimuli stimuli"], units: Int[ndarray, " stimuli"]
) -> Similarity:
    """Return the mean over stimuli i of s_i = sum_j N_ij M_ij / k, N and M their k nearest (`nearest_others`).

    Neighbours are sought among other units only, each stimulus its own unit or its group: a near copy is near in any
    representation. Of unrelated representations a stimulus with c candidates shares k / c of its neighbours. NaN where
    one of them is NaN. Reference: Huh, Cheung, Wang & Isola (2024), The Platonic Representation
    Hypothesis.

    A stimulus moves it as one that has neighbours, by s_i less the mean, and as a neighbour j, by N_ij M_ij - s_i (N_ij
    + M_ij) / 2: as if neighbourhoods were what lies within their radius. Leaving each out instead, with another taking
    its place, has three times the variance: which is next in line is chance (docs/decisions/alignment.md).
    """
    n, n_units = len(first), int(units.max()) + 1
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return undefined(n_units)
    k = first[0].sum()
    both = first * second
    shared = both.sum(axis=1) / k
    value = float(shared.mean())
    as_neighbour = (both - shared[:, None] * (first + second) / 2) / (n * k)
    # What a stimulus adds by having neighbours it adds by each of its pairs, in equal parts to all others.
    as_query = (shared - value)[:, None] / (n * max(n - 1, 1))
    member = np.eye(n_units)[units]
    pairs = member.T @ (as_neighbour + as_query) @ member
    pairs += pairs.T
    influence = member.T @ ((shared - value) / n + as_neighbour.sum(axis=0))
    np.fill_diagonal(pairs, 0.0)
    return Similarity(value, without_doubled_pairs(influence, pairs))
