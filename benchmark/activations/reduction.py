"""Fewer features of a layer than it has, for metrics that need features and could not hold all: projected, or drawn."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNITS = 1_000
SEED = 0
DISTORTION = 0.1  # of squared distances between stimuli, as Conwell et al. and others who project take it

Rows = NDArray[np.floating]


class Reduction(StrEnum):
    """What is done to a layer's features, flattened in the order of the output's axes and pooled as was asked.

    PROJECTION: sparse random projections to as many dimensions as keep squared distances between n stimuli within 10 %
    (Johnson-Lindenstrauss, 4 ln n / (e^2 / 2 - e^3 / 3)): of p features and k dimensions, an entry is 0 but for 1 in
    sqrt(p), which are (sqrt(p) / k)^.5 or minus that (Li, Hastie & Church 2006), as those of scikit-learn's
    `SparseRandomProjection(eps=0.1)`. A layer that has no more features keeps them. UNITS: a thousand features drawn at
    random, the same for all stimuli; a layer that has no more gives them all.
    """

    NONE = ""
    PROJECTION = "projection"
    UNITS = "units"


class Reduced(NamedTuple):
    """How many columns are left of a layer's features, and the function that makes them of a batch's rows, float32.

    `n_bytes` is the memory that it takes.
    """

    columns: int
    of: Callable[[Rows], Rows]
    n_bytes: int = 0


def reduced(reduction: Reduction, n_features: int, n_stimuli: int) -> Reduced:
    """The reduction of a layer of so many features, for so many stimuli."""
    if reduction is Reduction.PROJECTION:
        return _projected(n_features, n_stimuli)
    if reduction is Reduction.UNITS and n_features > UNITS:
        drawn = np.sort(np.random.default_rng([SEED, n_features]).choice(n_features, UNITS, replace=False))
        return Reduced(UNITS, lambda rows: np.take(rows, drawn, axis=1))
    return _all(n_features)


def _projected(n_features: int, n_stimuli: int) -> Reduced:
    """Entries are drawn row by row with replacement; one drawn twice, as every other row has, counts once.

    scikit-learn draws the same matrices without replacement, in 4 s for 100,000 features and 17 s for 3,000,000: more
    than the forward pass of a hundred images takes, for each layer.
    """
    from scipy.sparse import csr_array
    from sklearn.random_projection import johnson_lindenstrauss_min_dim

    dimensions = int(johnson_lindenstrauss_min_dim(n_stimuli, eps=DISTORTION))
    if n_features <= dimensions:
        return _all(n_features)
    rng = np.random.default_rng([SEED, n_features, dimensions])
    drawn = rng.binomial(n_features, 1 / np.sqrt(n_features), size=dimensions)
    places = np.repeat(np.arange(dimensions) * n_features, drawn)
    places = np.sort(places + rng.integers(n_features, size=len(places)))
    rows, columns = np.divmod(places[np.diff(places, prepend=-1) > 0], n_features)
    size = np.sqrt(np.sqrt(n_features) / dimensions)
    signs = np.where(rng.random(len(rows)) < 0.5, np.float32(size), np.float32(-size))
    starts = np.searchsorted(rows, np.arange(dimensions + 1))
    matrix = csr_array((signs, columns.astype(np.int32), starts.astype(np.int32)), shape=(dimensions, n_features))
    return Reduced(
        dimensions,
        lambda rows: np.ascontiguousarray((matrix @ np.ascontiguousarray(rows.T)).T),
        n_bytes=matrix.data.nbytes + matrix.indices.nbytes,
    )


def _all(n_features: int) -> Reduced:
    return Reduced(n_features, lambda rows: rows)
