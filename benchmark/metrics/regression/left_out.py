"""How well ridge predicts training stimuli that it leaves out, each with its unit: what layers are chosen by.

From the decomposition that predicts the fold: leaving out the stimuli g of a unit, their residuals are (I - H)_gg^-1
((I - H) Y)_g, with H the hat matrix of the training stimuli including the mean (An, Liu & Venkatesh 2007). No model is
fitted for the choice, and none of those that it rests on has seen the fold.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.spectrum import Spectrum, training_residuals
from brainrank.benchmark.statistics.arrays import (
    Array,
    beside,
    column_products,
    device_of,
    members_by_size,
    namespace,
    quotient,
)


def left_out_correlations(
    residuals: Float[Array, "train targets"],
    targets: Float[Array, "train targets"],
    *,
    unit_of: Int[ndarray, " train"],
) -> Float[Array, " targets"]:
    """Return Pearson's r of targets, centred, with predictions of each unit's stimuli by the others; NaN where none.

    `residuals` are of stimuli that are left out with their units (`left_out_residuals`, `penalty.leave_one_out`).

    A left-out stimulus is predicted about the mean of the others, which is the lower the higher it is itself:
    predictions of what cannot be predicted would have r = -1. So the mean of all stands for theirs.
    """
    return _correlations(targets - residuals + _mean_of_others(targets, unit_of), targets)


def left_out_residuals(
    spectrum: Spectrum,
    projections: Float[Array, "components targets"],
    *,
    outside: Float[Array, "train targets"] | None,
    penalties: Float[ndarray, " targets"],
    unit_of: Int[ndarray, " train"],
) -> Float[Array, "train targets"]:
    """Residuals of stimuli that are left out with their units, with these targets' penalties.

    `outside` is the part of the targets outside the basis (`outside_of`).
    """
    xp, dtype = namespace(projections), projections.dtype
    found = xp.empty((len(unit_of), projections.shape[1]), dtype=dtype, device=device_of(projections))
    for penalty in np.unique(penalties):
        these = np.flatnonzero(penalties == penalty)
        residuals = training_residuals(
            spectrum.train_basis,
            spectrum.eigenvalues,
            projections[:, these],
            None if outside is None else outside[:, these],
            penalty=float(penalty),
        )
        if is_single(unit_of):  # as most are: a division for each
            unseen = spectrum.unseen(np.array([penalty]))
            found[:, these] = residuals / xp.astype(unseen, dtype)
        else:
            unexplained = penalty / (spectrum.eigenvalues + penalty)
            found[:, these] = _left_out(residuals, spectrum, unexplained, unit_of)
    return found


def is_single(unit_of: Int[ndarray, " train"]) -> bool:
    """Whether every stimulus is a unit of its own."""
    return int(np.bincount(unit_of).max(initial=0)) <= 1


def _left_out(
    residuals: Float[Array, "train targets"],
    spectrum: Spectrum,
    unexplained: Float[Array, " components"],
    unit_of: Int[ndarray, " train"],
) -> Float[Array, "train targets"]:
    """Residuals of stimuli that are left out with their units, from those of a fit to all."""
    xp, n = namespace(residuals), len(residuals)
    left_out = xp.empty_like(residuals)
    for members in members_by_size(unit_of):
        rows = spectrum.train_basis[members]
        seen = rows * unexplained if spectrum.complete else rows * (unexplained - 1)
        unseen = xp.matmul(seen, xp.matrix_transpose(rows))
        if not spectrum.complete:
            unseen += xp.eye(members.shape[1], dtype=xp.float64, device=device_of(unseen)) - 1 / n
        left_out[members] = xp.astype(xp.linalg.solve(unseen, residuals[members]), residuals.dtype)
    return left_out


def _mean_of_others(
    targets: Float[Array, "train targets"], unit_of: Int[ndarray, " train"]
) -> Float[Array, "train targets"]:
    """What the mean of the training stimuli exceeds that without a stimulus's unit by; the mean of all is 0."""
    xp, sizes, sums = namespace(targets), np.bincount(unit_of), targets
    if sizes.max() > 1:
        sums = xp.empty_like(targets)
        for members in members_by_size(unit_of):
            sums[members] = xp.sum(targets[members], axis=1, keepdims=True)
    others = beside(np.maximum(len(targets) - sizes[unit_of], 1), targets)
    return sums / xp.astype(others, targets.dtype)[:, None]


def _correlations(
    predicted: Float[Array, "train targets"], measured: Float[Array, "train targets"]
) -> Float[Array, " targets"]:
    xp = namespace(predicted)
    about = predicted - xp.mean(predicted, axis=0)
    covariance = column_products(about, measured, float64=True)
    scale = xp.sqrt(column_products(about, about, float64=True))
    scale *= xp.sqrt(column_products(measured, measured, float64=True))
    return quotient(covariance, scale, where=scale > 0, otherwise=np.nan)
