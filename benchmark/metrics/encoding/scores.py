"""How well held-out predictions match responses, per target: r, R2, and why a target has no score.

r and R2 are taken about each fold's own mean, and pooled over folds: with one fold they are the ordinary Pearson r and
R2. Pooling without this would count the differences between training means, which run against the held-out means and
make the r of a useless model negative; averaging r over folds would need every fold to vary, and is noisy where a fold
holds few stimuli.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

CONSTANT_RESPONSE = "the responses do not vary over the held-out stimuli"
CONSTANT_PREDICTION = "the predictions do not vary over the held-out stimuli"


class TargetScores(NamedTuple):
    """r and R2 of every target; NaN in both where `reasons` is not empty (a constant prediction has an R2, no r)."""

    r: Float[ndarray, " targets"]
    r2: Float[ndarray, " targets"]
    reasons: tuple[str, ...]


class _Moments(NamedTuple):
    """Sums of products about each fold's mean; each has draws x targets."""

    measured: Float[ndarray, "draws targets"]
    predicted: Float[ndarray, "draws targets"]
    product: Float[ndarray, "draws targets"]


def target_scores(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
) -> TargetScores:
    """R = sum p y / sqrt(sum p^2 sum y^2), p and y about their fold's mean; R2 = 1 - sum (Y - P)^2 / sum y^2.

    Sums run over held-out stimuli (fold 0 and up) of all folds. Undefined: r and R2 of a target whose responses are
    constant within every fold, r where the predictions are.
    """
    held_out = fold_of >= 0
    predictions = predictions[held_out].astype(np.float64)
    responses = responses[held_out].astype(np.float64)
    folds = fold_of[held_out]
    p, y = about_fold_means(predictions, folds), about_fold_means(responses, folds)
    power, predicted = np.einsum("st,st->t", y, y), np.einsum("st,st->t", p, p)
    flat = power <= rounding_power(responses)
    flat_prediction = predicted <= rounding_power(predictions)
    residual = np.einsum("st,st->t", responses - predictions, responses - predictions)
    nan = np.full(len(power), np.nan)
    r = np.divide(
        np.einsum("st,st->t", p, y), np.sqrt(power * predicted), out=nan.copy(), where=~flat & ~flat_prediction
    )
    r2 = 1 - np.divide(residual, power, out=nan.copy(), where=~flat)
    reasons = np.where(flat, CONSTANT_RESPONSE, np.where(flat_prediction, CONSTANT_PREDICTION, ""))
    return TargetScores(np.clip(r, -1, 1), r2, tuple(reasons.tolist()))


def resampled_correlations(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    counts: Float[ndarray, "draws stimuli"],
) -> Float[ndarray, "draws targets"]:
    """The r of `target_scores` on every resample of the stimuli, given as how often each stimulus was drawn.

    A resample is a weighting, so all resamples are matrix products: about a fold's weighted mean, sum w p y =
    (counts @ py) - (counts @ p)(counts @ y) / sum w. Undefined (NaN) where a resample leaves nothing that varies.
    Products are in float32: values are first centred and scaled to one, so that only rounding of 1e-7 remains.
    """
    held_out = fold_of >= 0
    folds = fold_of[held_out]
    p = _unit(predictions[held_out], folds)
    y = _unit(responses[held_out], folds)
    weights = counts[:, held_out].astype(np.float32)
    shape = (len(weights), y.shape[1])
    sums = _Moments(*(np.zeros(shape, dtype=np.float32) for _ in range(3)))
    for fold in np.unique(folds):
        rows = folds == fold
        w, pf, yf = weights[:, rows], p[rows], y[rows]
        drawn = np.maximum(w.sum(axis=1, keepdims=True), 1)
        wp, wy = w @ pf, w @ yf
        sums.measured[:] += w @ yf**2 - wy**2 / drawn
        sums.predicted[:] += w @ pf**2 - wp**2 / drawn
        sums.product[:] += w @ (pf * yf) - wp * wy / drawn
    smallest = np.float32(1e-5) / len(y)
    defined = (sums.measured > smallest) & (sums.predicted > smallest)
    scale = np.sqrt(np.where(defined, sums.measured * sums.predicted, 1))
    return np.where(defined, np.clip(sums.product / scale, -1, 1), np.float32(np.nan)).astype(np.float32)


def about_fold_means(
    values: Float[ndarray, "stimuli targets"], fold_of: Int[ndarray, " stimuli"]
) -> Float[ndarray, "stimuli targets"]:
    """Values less the mean of their fold."""
    centred = np.empty_like(values)
    for fold in np.unique(fold_of):
        rows = fold_of == fold
        centred[rows] = values[rows] - values[rows].mean(axis=0)
    return centred


def rounding_power(values: Float[ndarray, "stimuli targets"]) -> Float[ndarray, " targets"]:
    """The sum of squares that rounding alone can leave in a constant: n (8 eps max|value|)^2, in float32's eps."""
    largest = np.abs(values).max(axis=0, initial=0.0)
    return np.asarray(len(values) * (8 * np.finfo(np.float32).eps * largest) ** 2)


def _unit(
    values: Float[ndarray, "stimuli targets"], fold_of: Int[ndarray, " stimuli"]
) -> Float[ndarray, "stimuli targets"]:
    values = values.astype(np.float64)
    centred = about_fold_means(values, fold_of)
    power = np.einsum("st,st->t", centred, centred)
    flat = power <= rounding_power(values)
    return np.where(flat, 0, centred / np.sqrt(np.where(flat, 1, power))).astype(np.float32)
