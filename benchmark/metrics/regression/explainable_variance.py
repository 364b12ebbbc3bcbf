"""Explainable variance: how much of a target's response is the same over repeats of a stimulus.

Defined in docs/conventions.md#explainable-variance.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


class ExplainableVariance(NamedTuple):
    """One value per target; NaN exactly where `reasons` says why."""

    values: Float[ndarray, " targets"]
    reasons: tuple[str, ...]


def explainable_variance(responses: Float[ndarray, "stimuli repeats targets"]) -> ExplainableVariance:
    """EV = var(mean over repeats) / mean(var of each repeat), over stimuli, less its bias (1 - EV) / (repeats - 1).

    Undefined for fewer than two repeats, fewer than two stimuli, or responses that do not vary over stimuli. Negative
    values are kept: they are what noise alone gives half of the time. Raises InvalidDataError for NaN responses.
    Reference: Sahani and Linden 2002; Hsu, Borst and Theunissen 2004.
    """
    stimuli, repeats, targets = responses.shape
    if not np.isfinite(responses).all():
        raise InvalidDataError("Explainable variance needs every repeat of every stimulus; remove or fill the NaN ones")
    if repeats < 2 or stimuli < 2:
        reason = f"{stimuli} stimuli with {repeats} repeats; at least 2 of each are needed"
        return ExplainableVariance(np.full(targets, np.nan), (reason,) * targets)
    values = responses.astype(np.float64)
    shared, single = values.mean(axis=1).var(axis=0), values.var(axis=0).mean(axis=0)
    flat = np.ptp(values, axis=0).max(axis=0) == 0
    raw = np.divide(shared, single, out=np.full(targets, np.nan), where=~flat)
    reasons = tuple("the responses do not vary over stimuli" if constant else "" for constant in flat)
    return ExplainableVariance(raw - (1 - raw) / (repeats - 1), reasons)
