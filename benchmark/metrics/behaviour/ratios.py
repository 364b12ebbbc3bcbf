"""Shares of trials: a ratio that is NaN, without a warning, where there is nothing to share."""

import numpy as np
from jaxtyping import Float, Shaped
from numpy import ndarray


def ratio(above: Shaped[ndarray, "*shape"], below: Shaped[ndarray, "*shape"]) -> Float[ndarray, "*shape"]:
    """Elementwise above / below; NaN where `below` is not above zero."""
    quotient: Float[ndarray, "*shape"] = np.full(below.shape, np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


def mean_of_defined(values: Float[ndarray, "rows ..."]) -> Float[ndarray, "..."]:
    """Mean over the first axis of the values that are not NaN; NaN where there is none."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0))
