"""How well held-out predictions match responses, per target: r, R2, and why a target has no score.

r is taken within each fold and averaged, weighted by the folds' stimuli. The responses of a fold are independent of the
models that predict it, so on noise every fold's r is 0 on average, and so is their mean. One r over folds pooled about
their means is not: the folds' predictions differ in size, and size goes with error, since a fold's penalty is chosen on
stimuli that other folds predict (docs/decisions/encoding.md).
Defined in docs/conventions.md#encoding-scores.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.statistics.arrays import Array, column_products, host, largest_magnitudes, namespace, quotient

CONSTANT_RESPONSE = "the responses do not vary over the held-out stimuli"
CONSTANT_PREDICTION = "the predictions do not vary over the held-out stimuli"


class TargetFits(NamedTuple):
    """r and R2 of every target; NaN in both where `reasons` is not empty (a constant prediction has an R2, no r)."""

    r: Float[ndarray, " targets"]
    r2: Float[ndarray, " targets"]
    reasons: tuple[str, ...]


class Standard(NamedTuple):
    """Values of one fold about their mean, over their standard deviation; `scale` is 0, and values are, where none."""

    values: Float[Array, "stimuli targets"]
    scale: Float[Array, " targets"]


def target_scores(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
) -> TargetFits:
    """Return r = sum_f n_f r_f / sum_f n_f, r_f Pearson's of fold f's n_f stimuli; R2 = 1 - sum (Y - P)^2 / sum y^2.

    Sums run over the folds (fold 0 and up) in which the responses vary; where they do and the predictions do not, r_f
    is 0. R2's y are about their fold's mean, its sums over all held-out stimuli. Undefined: r and R2 of a target whose
    responses are constant within every fold, r where the predictions are.
    """
    held_out = fold_of >= 0
    correlations = fold_correlations(predictions, responses, fold_of=fold_of)
    moving, flat = correlations.moving.any(axis=0), correlations.weights.sum(axis=0) == 0
    measured = responses[held_out].astype(np.float64)
    power = (about_fold_means(measured, fold_of[held_out]) ** 2).sum(axis=0)
    residual = ((measured - predictions[held_out].astype(np.float64)) ** 2).sum(axis=0)
    r2 = 1 - np.divide(residual, power, out=np.full(len(flat), np.nan), where=~flat)
    reasons = np.where(flat, CONSTANT_RESPONSE, np.where(moving, "", CONSTANT_PREDICTION))
    return TargetFits(weighted_r(correlations), r2, tuple(reasons.tolist()))


class FoldCorrelations(NamedTuple):
    """Pearson r within each fold; the fold's weight: its stimuli, or 0 where the responses do not vary; and `moving`,
    whether the predictions do.
    """

    r: Float[ndarray, "folds targets"]
    weights: Float[ndarray, "folds targets"]
    moving: Bool[ndarray, "folds targets"]


def weighted_r(folds: FoldCorrelations) -> Float[ndarray, " targets"]:
    """Return r = sum_f n_f r_f / sum_f n_f of `target_scores`; NaN where no fold counts or no prediction varies."""
    weight = folds.weights.sum(axis=0)
    counts = (weight > 0) & folds.moving.any(axis=0)
    mean = np.divide((folds.weights * folds.r).sum(axis=0), weight, out=np.full(len(weight), np.nan), where=counts)
    return np.asarray(np.clip(mean, -1, 1))


def fold_correlations(
    predictions: Float[Array, "stimuli targets"],
    responses: Float[Array, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
) -> FoldCorrelations:
    """Return r of every fold and target; 0 where predictions, or responses, do not vary within the fold."""
    folds = np.unique(fold_of[fold_of >= 0])
    r, weights = np.zeros((2, len(folds), responses.shape[1]))
    moving = np.zeros(r.shape, dtype=bool)
    for row, fold in enumerate(folds):
        within = fold_of == fold
        predicted, measured = standardised(predictions[within], float32=True), standardised(responses[within])
        r[row] = host(column_products(predicted.values, measured.values)) / within.sum()
        weights[row] = np.where(host(measured.scale) > 0, within.sum(), 0)
        moving[row] = host(predicted.scale) > 0
    return FoldCorrelations(r, weights, moving)


def standardised(values: Float[Array, "stimuli targets"], *, float32: bool = False) -> Standard:
    """Values less their mean, over their standard deviation, in float64; zeros where they vary by rounding alone.

    Rounding leaves n (8 eps max|value|)^2 in a sum of squares, eps that of the values' own precision; of predictions,
    whose products are in float32 at best, say so.
    """
    xp = namespace(values)
    eps = float(xp.finfo(xp.float32 if float32 else values.dtype).eps)
    centred = xp.astype(values, xp.float64)  # a copy
    largest = largest_magnitudes(centred)
    centred -= xp.mean(centred, axis=0)
    power = column_products(centred, centred)
    varies = power > len(values) * (8 * eps * largest) ** 2
    scale = xp.where(varies, xp.sqrt(power / len(values)), 0.0)
    return Standard(quotient(centred, scale, where=varies, otherwise=0.0), scale)


def about_fold_means(
    values: Float[ndarray, "stimuli targets"], fold_of: Int[ndarray, " stimuli"]
) -> Float[ndarray, "stimuli targets"]:
    """Values less the mean of their fold."""
    centred = np.empty_like(values)
    for fold in np.unique(fold_of):
        rows = fold_of == fold
        centred[rows] = values[rows] - values[rows].mean(axis=0)
    return centred
