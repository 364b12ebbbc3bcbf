"""Among many tests, how many of those that are told are false: the false discovery rate."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


def benjamini_hochberg(p: Float[ndarray, " tests"]) -> Float[ndarray, " tests"]:
    """Return q values: q_(i) = min over j >= i of p_(j) m / j, at most 1. A NaN stays NaN and is not among the m tests.

    Raises InvalidDataError for a p value outside 0..1. Reference: Benjamini & Hochberg (1995).
    """
    tested = np.flatnonzero(~np.isnan(p))
    if ((p[tested] < 0) | (p[tested] > 1)).any():
        raise InvalidDataError("p values must lie between 0 and 1")
    q = np.full(p.shape, np.nan)
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * tested.size / np.arange(1, tested.size + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q
