"""How well ridge predicts training stimuli that it leaves out, each with its unit: what layers are chosen by.

From the decomposition that predicts the fold: leaving out the stimuli g of a unit, their residuals are (I - H)_gg^-1
((I - H) Y)_g, with H the hat matrix of the training stimuli including the mean (An, Liu & Venkatesh 2007). No model is
fitted for the choice, and none of those that it rests on has seen the fold.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.spectrum import Spectrum


def left_out_correlations(
    residuals: Float[ndarray, "train targets"],
    targets: Float[ndarray, "train targets"],
    *,
    unit_of: Int[ndarray, " train"],
) -> Float[ndarray, " targets"]:
    """Return Pearson's r of targets, centred, with predictions of each unit's stimuli by the others; NaN where none.

    `residuals` are of stimuli that are left out with their units (`left_out_residuals`, `penalty.leave_one_out`).

    A left-out stimulus is predicted about the mean of the others, which is the lower the higher it is itself:
    predictions of what cannot be predicted would have r = -1. So the mean of all stands for theirs.
    """
    return _correlations(targets - residuals + _mean_of_others(targets, unit_of), targets)


def left_out_residuals(
    spectrum: Spectrum,
    projections: Float[ndarray, "components targets"],
    *,
    outside: Float[ndarray, "train targets"] | None,
    penalties: Float[ndarray, " targets"],
    unit_of: Int[ndarray, " train"],
) -> Float[ndarray, "train targets"]:
    """Residuals of stimuli that are left out with their units, with these targets' penalties.

    `outside` is the part of the targets outside the basis (`outside_of`).
    """
    found = np.empty((len(unit_of), projections.shape[1]), projections.dtype)
    for penalty in np.unique(penalties):
        these = np.flatnonzero(penalties == penalty)
        unexplained = penalty / (spectrum.eigenvalues + penalty)
        residuals = spectrum.train_basis @ (unexplained.astype(found.dtype)[:, None] * projections[:, these])
        if outside is not None:
            residuals += outside[:, these]
        if is_single(unit_of):  # as most are: a division for each
            unseen = spectrum.unseen(np.array([penalty]))
            found[:, these] = residuals / unseen.astype(found.dtype)
        else:
            found[:, these] = _left_out(residuals, spectrum, unexplained, unit_of)
    return found


def is_single(unit_of: Int[ndarray, " train"]) -> bool:
    """Whether every stimulus is a unit of its own."""
    return int(np.bincount(unit_of).max(initial=0)) <= 1


def _left_out(
    residuals: Float[ndarray, "train targets"],
    spectrum: Spectrum,
    unexplained: Float[ndarray, " components"],
    unit_of: Int[ndarray, " train"],
) -> Float[ndarray, "train targets"]:
    """Residuals of stimuli that are left out with their units, from those of a fit to all."""
    n, sizes = len(residuals), np.bincount(unit_of)[unit_of]
    left_out = np.empty_like(residuals)
    for size in np.unique(sizes):
        of_size = np.flatnonzero(sizes == size)
        members = of_size[np.argsort(unit_of[of_size], kind="stable")].reshape(-1, size)
        rows = spectrum.train_basis[members]
        seen = rows * unexplained if spectrum.complete else rows * (unexplained - 1)
        unseen = seen @ rows.transpose(0, 2, 1)
        if not spectrum.complete:
            unseen += np.eye(size) - 1 / n
        left_out[members] = np.linalg.solve(unseen, residuals[members])
    return left_out


def _mean_of_others(
    targets: Float[ndarray, "train targets"], unit_of: Int[ndarray, " train"]
) -> Float[ndarray, "train targets"]:
    """What the mean of the training stimuli exceeds that without a stimulus's unit by; the mean of all is 0."""
    sizes = np.bincount(unit_of)
    sums = targets
    if sizes.max() > 1:
        sums = np.zeros((len(sizes), targets.shape[1]), targets.dtype)
        np.add.at(sums, unit_of, targets)
        sums = sums[unit_of]
    others = np.maximum(len(targets) - sizes[unit_of], 1).astype(targets.dtype)
    return np.asarray(sums / others[:, None])


def _correlations(
    predicted: Float[ndarray, "train targets"], measured: Float[ndarray, "train targets"]
) -> Float[ndarray, " targets"]:
    about = predicted - predicted.mean(axis=0)
    covariance = np.einsum("st,st->t", about, measured, dtype=np.float64)
    scale = np.sqrt(np.einsum("st,st->t", about, about, dtype=np.float64))
    scale *= np.sqrt(np.einsum("st,st->t", measured, measured, dtype=np.float64))
    return np.asarray(np.divide(covariance, scale, out=np.full(len(scale), np.nan), where=scale > 0))
