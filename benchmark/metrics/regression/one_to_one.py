"""One-to-one mapping: each target predicted by the one feature most like it."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.folds import fold_splits


class OneToOne(NamedTuple):
    """Held-out predictions (NaN where never held out) and the feature chosen in each fold (-1 where none varies)."""

    predictions: Float[ndarray, "stimuli targets"]
    chosen: Int[ndarray, "folds targets"]


def one_to_one(
    features: Float[ndarray, "stimuli features"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    targets_per_block: int = 1024,
) -> OneToOne:
    """Predict by the feature with the largest r to the target over the training stimuli, through their regression line.

    The choice and the line (slope at least zero) see training stimuli only. A target for which no feature has a
    positive r, or that does not vary, is predicted by its mean.
    """
    splits = fold_splits(fold_of)
    predictions = np.full(responses.shape, np.nan)
    chosen = np.full((len(splits), responses.shape[1]), -1, dtype=np.int64)
    for fold, (train, test) in enumerate(splits):
        mean, centre = responses[train].mean(axis=0, dtype=np.float64), features[train].mean(axis=0, dtype=np.float64)
        x = features[train].astype(np.float64) - centre
        power = np.einsum("sf,sf->f", x, x)
        largest = np.abs(features[train]).max(axis=0, initial=0.0)
        varies = power > len(train) * (8 * np.finfo(np.float64).eps * largest) ** 2
        x *= np.where(varies, 1 / np.sqrt(np.where(varies, power, 1)), 0)
        for start in range(0, responses.shape[1], targets_per_block):
            block = slice(start, start + targets_per_block)
            similarity = x.T @ (responses[train, block].astype(np.float64) - mean[block])
            best = similarity.argmax(axis=0)
            strength = np.maximum(similarity[best, np.arange(len(best))], 0)
            slope = strength / np.sqrt(np.where(varies, power, 1))[best]
            predictions[test, block] = mean[block] + (features[test][:, best] - centre[best]) * slope
            chosen[fold, block] = np.where(strength > 0, best, -1)
    return OneToOne(predictions, chosen)
