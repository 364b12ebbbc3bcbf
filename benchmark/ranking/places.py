"""The places each model may have, from the differences that are told (docs/decisions/ranks.md)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.statistics.false_discovery import benjamini_hochberg

LEVEL = 0.05


class Places(NamedTuple):
    """The places each model may have, from `first` to `last`; NaN for a model without a rank."""

    first: Float[ndarray, " models"]
    last: Float[ndarray, " models"]


def is_better(
    differences: Float[ndarray, "models models"], p: Float[ndarray, "models models"]
) -> Bool[ndarray, "models models"]:
    """Return whether the row's model is told better than the column's.

    That is a difference above zero whose p value is below `LEVEL` after the Benjamini-Hochberg correction over all
    pairs; every pair counts once, by what stands above the diagonal. NaN is never told.
    """
    upper = np.triu_indices(len(p), k=1)
    told = benjamini_hochberg(p[upper]) < LEVEL
    ahead = differences[upper] > 0
    better = np.zeros(p.shape, dtype=bool)
    better[upper] = told & ahead
    better.T[upper] = told & (differences[upper] < 0)
    return better


def places(better: Bool[ndarray, "models models"], ranked: Bool[ndarray, " models"]) -> Places:
    """Return the places each ranked model may have: after all that are told better, before all that are told worse.

    `first` is 1 + the number of better models, the rank that is shown; models that cannot be told apart from the best
    all have rank 1. `last` is the number of ranked models less that of worse ones. Sharing a rank is not transitive, as
    being indistinguishable is not. Confidence sets for ranks from all differences are those of Mogstad, Romano, Shaikh
    & Wilhelm (2024); with this correction a share of the differences told, not of the rankings, may be wrong.
    """
    first, last = 1 + better.sum(axis=0), ranked.sum() - better.sum(axis=1)
    return Places(np.where(ranked, first, np.nan), np.where(ranked, last, np.nan))


def order(
    standing: Float[ndarray, " models"], better: Bool[ndarray, "models models"], ranked: Bool[ndarray, " models"]
) -> Int[ndarray, " models"]:
    """Return the models as their lines stand: ranked ones by `standing`, then the others, those without one last.

    Nobody stands above a model that is told better: where models have different benchmarks what both have may say
    otherwise than the standing. Of models each of which is told better than the next, round in a circle, the highest
    standing goes first. Equal ones keep their order.
    """
    by_standing = np.lexsort((np.arange(len(standing)), -np.nan_to_num(standing, nan=-np.inf), ~ranked))
    waiting = better.sum(axis=0)
    left = list(by_standing[: ranked.sum()])
    found = []
    while left:
        place = next((place for place, model in enumerate(left) if not waiting[model]), 0)
        model = left.pop(place)
        found.append(model)
        waiting -= better[model]
    return np.array([*found, *by_standing[ranked.sum() :]], dtype=np.int64)
