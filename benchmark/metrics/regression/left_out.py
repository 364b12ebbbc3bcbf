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
    spectrum: Spectrum,
    projections: Float[ndarray, "components targets"],
    targets: Float[ndarray, "train targets"],
    *,
    outside: Float[ndarray, "train targets"] | None,
    penalties: Float[ndarray, " targets"],
    unit_of: Int[ndarray, " train"],
) -> Float[ndarray, " targets"]:
    """Return Pearson's r of targets, centred, with predictions of each unit's stimuli by the others; NaN where none.

    `outside` is their part outside the basis (`outside_of`).

    A left-out stimulus is predicted about the mean of the others, which is the lower the higher it is itself:
    predictions of what cannot be predicted would have r = -1. So the mean of all stands for theirs.
    """
    r = np.full(targets.shape[1], np.nan)
    for penalty in np.unique(penalties):
        these = np.flatnonzero(penalties == penalty)
        unexplained = penalty / (spectrum.eigenvalues + penalty)
        residuals = (spectrum.train_basis * unexplained).astype(targets.dtype) @ projections[:, these]
        if outside is not None:
            residuals += outside[:, these]
        chosen = targets[:, these]
        predicted = chosen - _left_out(residuals, spectrum, unexplained, unit_of)
        r[these] = _correlations(predicted + _mean_of_others(chosen, unit_of), chosen)
    return r


def _left_out(
    residuals: Float[ndarray, "train targets"],
    spectrum: Spectrum,
    unexplained: Float[ndarray, " components"],
    unit_of: Int[ndarray, " train"],
) -> Float[ndarray, "train targets"]:
    """Residuals of stimuli that are left out with their units, from those of a fit to all."""
    basis, n = spectrum.train_basis, len(residuals)
    sizes = np.bincount(unit_of)[unit_of]
    if sizes.max() == 1:  # as most are: a division for each
        unseen = np.einsum("sc,c,sc->s", basis, unexplained if spectrum.complete else unexplained - 1, basis)
        return np.asarray(
            residuals / (unseen if spectrum.complete else unseen + 1 - 1 / n)[:, None].astype(residuals.dtype)
        )
    left_out = np.empty_like(residuals)
    for size in np.unique(sizes):
        of_size = np.flatnonzero(sizes == size)
        members = of_size[np.argsort(unit_of[of_size], kind="stable")].reshape(-1, size)
        rows = basis[members]
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
