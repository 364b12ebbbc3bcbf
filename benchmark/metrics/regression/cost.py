"""How long encoding takes, from what it computes and the speed of this machine's matrix products."""

import time
from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from brainrank.benchmark.statistics.pieces import processors

# In float32 products as large as the problem: a float64 decomposition takes as long as 18 n^3 of them (measured at
# 2,080, 4,000 and 8,000), and each target is projected, left out with three penalties on average, and predicted.
DECOMPOSITION, PRODUCTS = 18.0, 4.5
SIDE = 1_500


def seconds(
    n_features: Sequence[int],
    n_stimuli: int,
    n_targets: int,
    *,
    folds: int,
    stored: Sequence[int] | None = None,
    single: bool = True,
) -> float:
    """Return about how long layers of so many features take on all processors, each with a fit for every fold.

    Of a layer with `stored` decompositions only those of its other folds are made. Products over targets take twice as
    long where responses are not in `single` precision.
    """
    train = n_stimuli * (folds - 1) / folds
    operations = 0.0
    for each, found in zip(n_features, stored or [0] * len(n_features), strict=True):
        width = min(each, train)
        decomposed = DECOMPOSITION * width**3 + (8 * train * width**2 if each < train else 0)
        products = 2 * PRODUCTS * train * width * n_targets * (1 if single else 2)
        operations += (folds - found) * decomposed + folds * products
    at_once = min(processors(), folds * len(n_features))
    return operations / (measured_speed() * at_once)


def measured_speed() -> float:
    """Operations a second of float32 products on one thread, the best of two."""
    rng, best = np.random.default_rng(0), np.inf
    a, b = rng.standard_normal((2, SIDE, SIDE), dtype=np.float32)
    with threadpool_limits(limits=1):
        for _ in range(2):
            started = time.perf_counter()
            a @ b
            best = min(best, time.perf_counter() - started)
    return 2 * SIDE**3 / best
