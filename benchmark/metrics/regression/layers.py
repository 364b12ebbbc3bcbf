"""How well a layer predicts held-out responses, from which the layer of each fold is chosen by the other folds.

A layer and a block of targets need nothing of the others. So this is what several workers share when responses are
large, and it comes to the same bits in whatever pieces it is had, if each begins at a multiple of TARGETS_PER_BLOCK:
every product and every sum is over the same block of targets either way.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.influence import held_out_influence
from brainrank.benchmark.metrics.regression.ridge import (
    TARGETS_PER_BLOCK,
    HeldOut,
    Selection,
    Slope,
    ridge_from_gram,
    target_blocks,
)
from brainrank.benchmark.metrics.regression.scores import target_scores
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.layer_correlations import LayerCorrelations


def layer_correlations(
    layer: LayerGram, responses: Float[ndarray, "stimuli targets"], *, fold_of: Int[ndarray, " stimuli"], selection: str
) -> LayerCorrelations:
    """Return the r of ridge predictions within folds (`target_scores`), each fold in turn left out, and none.

    One model per pair of folds serves both of them: it predicts each for the choice of the other. Raises what
    `ridge_from_gram` raises.
    """
    folds = range(int(fold_of.max()) + 1)
    predictions = ridge_from_gram(layer.gram, responses, fold_of=fold_of, selection=Selection(selection)).predictions
    nested = np.full((len(folds), *responses.shape), np.nan, dtype=responses.dtype)
    for first, second in combinations(folds, 2):
        pair = _held_out_together(layer, responses, (first, second), fold_of, selection).predictions
        nested[first, fold_of == second] = pair[fold_of == second]
        nested[second, fold_of == first] = pair[fold_of == first]
    without = [_r(nested[fold], responses, np.where(fold_of == fold, -1, fold_of)) for fold in folds]
    return LayerCorrelations(_r(predictions, responses, fold_of), np.stack(without))


class Chosen(NamedTuple):
    """Predictions of every fold by the layer chosen for it; how much each stimulus moves sum_f n_f r_f by training."""

    predictions: Float[ndarray, "stimuli targets"]
    influence: Float[ndarray, "stimuli targets"]


def chosen_predictions(
    layers: Sequence[LayerGram],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    selection: str,
) -> Chosen:
    """Predict each fold by the layer given for it. Raises what `ridge_from_gram` raises."""
    predictions, influence = np.empty_like(responses), np.zeros(responses.shape)
    for fold, layer in enumerate(layers):
        held_out = fold_of == fold
        found = _held_out_together(layer, responses, (fold,), fold_of, selection, slope=r_slope)
        predictions[held_out] = found.predictions[held_out]
        influence += found.influence
    return Chosen(predictions, influence)


def r_slope(
    predictions: Float[ndarray, "test targets"], responses: Float[ndarray, "test targets"]
) -> Float[ndarray, "test targets"]:
    """The slope of n r in each of a fold's n predictions."""
    return held_out_influence(predictions, responses).slope


def _held_out_together(
    layer: LayerGram,
    responses: Float[ndarray, "stimuli targets"],
    folds: tuple[int, ...],
    fold_of: Int[ndarray, " stimuli"],
    selection: str,
    slope: Slope | None = None,
) -> HeldOut:
    """Predict these folds from the others, which are the inner folds where penalties are chosen by folds."""
    outer = np.where(np.isin(fold_of, folds), 0, -1)
    chosen_by = Selection(selection, inner=fold_of[None])
    return ridge_from_gram(layer.gram, responses, fold_of=outer, selection=chosen_by, slope=slope)


def _r(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
) -> Float[ndarray, " targets"]:
    r = np.empty(responses.shape[1])
    for block in target_blocks(responses.shape[1], TARGETS_PER_BLOCK):
        r[block] = target_scores(predictions[:, block], responses[:, block], fold_of=fold_of).r
    return r
