"""How well layers predict held-out responses, and which is best for each fold by its training stimuli alone.

A layer is chosen for a fold by how well it predicts the training stimuli, each left out with its unit: the model that
predicts the fold says so itself (left_out.py). A layer, a fold and a block of targets need nothing of the others. So
pieces of a layer and a fold are worked on side by side, and layers and blocks are what several workers share when
responses are large. It comes to the same bits in whatever pieces it is had, if blocks begin at multiples of
TARGETS_PER_BLOCK: every product and every sum is over the same block of targets either way.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.influence import held_out_influence
from brainrank.benchmark.metrics.regression.ridge import (
    TARGETS_PER_BLOCK,
    Selection,
    fold_fits,
    held_out,
    target_blocks,
)
from brainrank.benchmark.metrics.regression.scores import target_scores
from brainrank.benchmark.metrics.regression.spectrum import FeatureSpace, GramSpace, Space
from brainrank.benchmark.statistics.pieces import in_pieces
from brainrank.benchmark.types.activations import LayerGram, StoredLayers
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds

MATRICES = 6  # of stimuli by stimuli that a decomposition holds at most, LAPACK's work space among them


def layer_correlations(
    layers: Sequence[LayerGram],
    responses: Float[ndarray, "stimuli targets"],
    folds: StimulusFolds,
    *,
    selection: str,
) -> list[LayerCorrelations]:
    """Return the r of ridge predictions within folds (`target_scores`), and of left-out training stimuli of each.

    Raises what `ridge` raises.
    """
    if isinstance(layers, StoredLayers):  # which memory would not hold together
        return [layer_correlations([layer], responses, folds, selection=selection)[0] for layer in layers]
    pieces = [
        fit
        for layer in layers
        for fit in fold_fits(
            _space(layer), responses, fold_of=folds.fold_of, selection=Selection(selection), unit_of=folds.unit_of
        )
    ]
    fits, n_folds = in_pieces(pieces, bytes_each=_bytes(responses)), len(pieces) // len(layers)
    found = [held_out(fits[start : start + n_folds], responses) for start in range(0, len(fits), n_folds)]
    return [LayerCorrelations(_r(each.predictions, responses, folds.fold_of), each.left_out) for each in found]


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
    fits_of = {
        number: fold_fits(_space(layer), responses, fold_of=fold_of, selection=Selection(selection), slope=r_slope)
        for number, layer in {id(each): each for each in layers}.items()
    }
    pieces = [fits_of[id(layer)][fold] for fold, layer in enumerate(layers)]
    found = held_out(in_pieces(pieces, bytes_each=_bytes(responses)), responses)
    return Chosen(found.predictions, found.influence)


def r_slope(
    predictions: Float[ndarray, "test targets"], responses: Float[ndarray, "test targets"]
) -> Float[ndarray, "test targets"]:
    """The slope of n r in each of a fold's n predictions."""
    return held_out_influence(predictions, responses).slope


def _space(layer: LayerGram) -> Space:
    """The features where they are fewer than stimuli, else the Gram matrix."""
    return GramSpace(layer.gram) if layer.features is None else FeatureSpace(layer.features)


def _bytes(responses: Float[ndarray, "stimuli targets"]) -> int:
    """What a piece holds at most."""
    n_stimuli = len(responses)
    return MATRICES * 8 * n_stimuli * max(n_stimuli, len(responses.T))


def _r(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
) -> Float[ndarray, " targets"]:
    r = np.empty(responses.shape[1])
    for block in target_blocks(responses.shape[1], TARGETS_PER_BLOCK):
        r[block] = target_scores(predictions[:, block], responses[:, block], fold_of=fold_of).r
    return r
