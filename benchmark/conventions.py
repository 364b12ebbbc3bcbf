"""Conventions: what a leaderboard shows of the raw values that are stored (shared CONVENTIONS, sections 2 and 3)."""

from enum import StrEnum

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.metric import ErrorConsistencyMetric
from brainrank.benchmark.metrics.encoding.brainscore import NORMALISATIONS
from brainrank.benchmark.metrics.encoding.metric import EncodingMetric
from brainrank.benchmark.types.score import NoiseCeiling


class Convention(StrEnum):
    """How values are shown.

    `raw`: as stored. `brainscore-2026` and `brainscore-2025`: the share of what the data allow; r^2 / c and (r / c)^2
    for encoding, c being the responses' reliability, and value / ceiling (lower) for everything else. `model-vs-human`:
    raw kappa, and nothing but error consistency.
    """

    RAW = "raw"
    BRAINSCORE_2026 = "brainscore-2026"
    BRAINSCORE_2025 = "brainscore-2025"
    MODEL_VS_HUMAN = "model-vs-human"


def shown(
    values: Float[ndarray, " values"], *, metric: str, ceiling: NoiseCeiling, convention: Convention
) -> Float[ndarray, " values"]:
    """Return a benchmark's values (a score, or its draws) under a convention; NaN where it defines none.

    The Brain-Score conventions define none without a ceiling above zero. Below zero they keep the sign: a model whose
    predictions run against the responses explains nothing of them.
    """
    if convention is Convention.RAW:
        return values
    if convention is Convention.MODEL_VS_HUMAN:
        return values if metric == ErrorConsistencyMetric.name else np.full_like(values, np.nan)
    if not ceiling.lower > 0:
        return np.full_like(values, np.nan)
    if metric != EncodingMetric.name:
        return values / ceiling.lower
    # The ceiling of an encoding score is the root of the reliability, on the scale of r.
    return np.asarray(np.sign(values) * NORMALISATIONS[convention](values, ceiling.lower**2))
