"""Layers that predict responses through any linear mapping fitted to training stimuli: r of each fold, and its choice.

What `layers` does for ridge with a penalty for each target; a mapping here is fitted to all targets together.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.layers import Chosen, r_slope
from brainrank.benchmark.metrics.regression.scores import target_scores
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.layer_correlations import LayerCorrelations


class Fit(NamedTuple):
    """Predictions of test stimuli about the training mean, `hat` times the training responses about it; what is left.

    Without the mean, predictions that a large penalty makes tiny lose no digit to it; r does not depend on it.
    """

    predictions: Float[ndarray, "test targets"]
    hat: Float[ndarray, "test train"]
    residuals: Float[ndarray, "train targets"]


# From a Gram matrix and responses of all stimuli, and which of them are trained on and which predicted.
Mapping = Callable[
    [
        Float[ndarray, "stimuli stimuli"],
        Float[ndarray, "stimuli targets"],
        Int[ndarray, " train"],
        Int[ndarray, " test"],
    ],
    Fit,
]


def mapped_correlations(
    layer: LayerGram, responses: Float[ndarray, "stimuli targets"], *, fold_of: Int[ndarray, " stimuli"], fit: Mapping
) -> LayerCorrelations:
    """Return the r of predictions within folds (`target_scores`), each fold in turn left out, and none.

    One fit per pair of folds serves both of them: it predicts each for the choice of the other.
    """
    folds = range(int(fold_of.max()) + 1)
    whole = np.full(responses.shape, np.nan)
    nested = np.full((len(folds), *responses.shape), np.nan)
    for fold in folds:
        test = np.flatnonzero(fold_of == fold)
        whole[test] = fit(layer.gram, responses, np.flatnonzero(fold_of != fold), test).predictions
    for pair in combinations(folds, 2):
        test = np.flatnonzero(np.isin(fold_of, pair))
        found = fit(layer.gram, responses, np.flatnonzero(~np.isin(fold_of, pair)), test).predictions
        for left_out, predicted in (pair, pair[::-1]):
            nested[left_out, test[fold_of[test] == predicted]] = found[fold_of[test] == predicted]
    without = [
        target_scores(nested[fold], responses, fold_of=np.where(fold_of == fold, -1, fold_of)).r for fold in folds
    ]
    return LayerCorrelations(target_scores(whole, responses, fold_of=fold_of).r, np.stack(without))


def mapped_predictions(
    layers: Sequence[LayerGram],
    chosen: Sequence[int],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    fit: Mapping,
) -> Chosen:
    """Predict each fold by the layer chosen for it, told by number.

    Training stimuli move r by what they do to the responses that are fitted, the mapping's directions and penalty
    staying as they are.
    """
    predictions, influence = np.empty_like(responses), np.zeros(responses.shape)
    for fold, number in enumerate(chosen):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        found = fit(layers[number].gram, responses, train, test)
        predictions[test] = found.predictions
        influence[train] += (found.hat.T @ r_slope(found.predictions, responses[test])) * found.residuals
    return Chosen(predictions, influence)
