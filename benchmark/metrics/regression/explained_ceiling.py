"""The noise ceiling of a held-out R2: the share of a target's variance over stimuli that repeats reproduce."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.regression.variance_partitioning import Quantity

NO_REPEATS = "each stimulus has one response, or one averaged over repeats"
FEWEST_REPEATED = 3


def explained_ceiling(responses: Float[ndarray, "stimuli repeats targets"]) -> tuple[Quantity, str]:
    """Return 1 - N h / M per target: the R2 of the true responses with the mean over each stimulus's own repeats.

    N = sum_i SS_i / sum_i (n_i - 1) is the variance of one presentation about its stimulus's mean (SS_i its sum of
    squares over n_i repeats), h the mean over stimuli of 1 / n_i, M the variance of the stimuli's means; the analysis
    of variance's estimate, negative where the means vary less than their noise would make them. Repeats that were not
    measured are NaN. With the same number of repeats everywhere this is the explainable variance of their mean (Sahani
    & Linden 2003), which `explainable_variance` gives of one presentation. NaN for a target that does not vary, and for
    all, with the reason, where fewer than three stimuli have repeats of it.
    """
    stimuli = len(responses)
    measured = np.isfinite(responses)
    values = np.where(measured, responses, 0.0).astype(np.float64)
    counts = measured.sum(axis=1)
    means = values.sum(axis=1) / np.maximum(counts, 1)
    squares = (np.where(measured, values - means[:, None], 0.0) ** 2).sum(axis=1)
    freedom = np.maximum(counts - 1, 0)
    deviating = means - means.mean(axis=0)
    variance = (deviating**2).sum(axis=0) / max(stimuli - 1, 1)
    known = ((counts > 1).sum(axis=0) >= FEWEST_REPEATED) & (variance > 0)
    freedoms, scale = np.maximum(freedom.sum(axis=0), 1), np.where(known, variance, 1.0)
    noise, share = squares.sum(axis=0) / freedoms, (1 / np.maximum(counts, 1)).mean(axis=0)
    of_noise = (squares - noise * freedom) / freedoms
    of_share = (1 / np.maximum(counts, 1) - share) / stimuli
    of_variance = (deviating**2 - variance) / stimuli
    influence = noise * share * of_variance / scale**2 - (of_noise * share + noise * of_share) / scale
    reason = "" if known.any() else NO_REPEATS
    return Quantity(np.where(known, 1 - noise * share / scale, np.nan), np.where(known, influence, 0.0)), reason
