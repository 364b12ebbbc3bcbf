"""How well layers predict held-out responses, and which is best for each fold by its training stimuli alone.

A layer is chosen for a fold by how well it predicts the training stimuli, each left out with its unit: the model that
predicts the fold says so itself (left_out.py). A layer, a fold and a block of targets need nothing of the others. So
pieces of a layer and a fold are worked on side by side, and layers and blocks are what several workers share when
responses are large. It comes to the same bits in whatever pieces it is had, if blocks begin at multiples of
TARGETS_PER_BLOCK: every product and every sum is over the same block of targets either way. Where a device was told
(`arrays.computing_on`), pieces are worked on there, one after the other.
"""

from collections.abc import Sequence
from functools import partial
from threading import Lock
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.influence import held_out_influence
from brainrank.benchmark.metrics.regression.ridge import (
    TARGETS_PER_BLOCK,
    FoldFit,
    fold_fits,
    held_out,
    target_blocks,
)
from brainrank.benchmark.metrics.regression.scores import FoldCorrelations, fold_correlations, weighted_r
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.metrics.regression.spectrum import LayerSpace
from brainrank.benchmark.statistics.arrays import Array, Device, device_of, here
from brainrank.benchmark.statistics.pieces import in_pieces
from brainrank.benchmark.types.activations import LayerGram
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
    there, n_folds = here(responses), int(folds.fold_of.max()) + 1
    spaces = LatestSpace(layers, device_of(there))
    pieces = [
        partial(_fold_score, spaces, number, fold, there, folds, selection)
        for number in range(len(layers))
        for fold in range(n_folds)
    ]
    found = in_pieces(pieces, bytes_each=bytes_of_a_piece(*responses.shape))
    return [_together(found[start : start + n_folds]) for start in range(0, len(found), n_folds)]


class _FoldScore(NamedTuple):
    """How well a layer predicts a fold's stimuli, with the weight of that r, and training stimuli left out."""

    r: Float[ndarray, " targets"]
    weights: Float[ndarray, " targets"]
    moving: Bool[ndarray, " targets"]
    left_out: Float[ndarray, " targets"]


def _together(folds: Sequence[_FoldScore]) -> LayerCorrelations:
    r, weights, moving, left_out = (np.stack(each) for each in zip(*folds, strict=True))
    return LayerCorrelations(weighted_r(FoldCorrelations(r, weights, moving)), left_out)


def _fold_score(
    spaces: "LatestSpace",
    number: int,
    fold: int,
    responses: Float[Array, "stimuli targets"],
    folds: StimulusFolds,
    selection: str,
) -> _FoldScore:
    """Fit a layer to a fold's training stimuli; what it predicts is let go once it is scored."""
    fit = fold_fits(
        spaces.of(number), responses, fold_of=folds.fold_of, selection=Selection(selection), unit_of=folds.unit_of
    )[fold]()
    one_fold, columns = np.zeros(len(fit.test), dtype=np.int64), []
    for block in target_blocks(responses.shape[1], TARGETS_PER_BLOCK):
        found = fold_correlations(fit.predictions[:, block], responses[fit.test, block], fold_of=one_fold)
        columns.append([each[0] for each in found])
    left_out = np.full(responses.shape[1], np.nan) if fit.left_out is None else fit.left_out
    r, weights, moving = (np.concatenate(each) for each in zip(*columns, strict=True))
    return _FoldScore(r, weights, moving, left_out)


class Chosen(NamedTuple):
    """Predictions of every fold by the layer chosen for it; how much each stimulus moves sum_f n_f r_f by training."""

    predictions: Float[ndarray, "stimuli targets"]
    influence: Float[ndarray, "stimuli targets"]


def chosen_predictions(
    layers: Sequence[LayerGram],
    chosen: Sequence[int],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    selection: str,
) -> Chosen:
    """Predict each fold by the layer chosen for it, told by number. Raises what `ridge_from_gram` raises."""
    there = here(responses)
    spaces = LatestSpace(layers, device_of(there))

    def piece(fold: int) -> FoldFit:
        space = spaces.of(chosen[fold])
        fits = fold_fits(space, there, fold_of=fold_of, selection=Selection(selection), slope=r_slope)
        return fits[fold]().on_host

    by_layer = sorted(range(len(chosen)), key=lambda fold: chosen[fold])
    fits = in_pieces([partial(piece, fold) for fold in by_layer], bytes_each=bytes_of_a_piece(*responses.shape))
    found = held_out([fit for _, fit in sorted(zip(by_layer, fits, strict=True), key=lambda each: each[0])])
    return Chosen(found.predictions, found.influence)


class LatestSpace:
    """The space of the layer asked for last, for several threads: one layer is in memory and not all of them.

    Threads that begin pieces layer by layer ask for each layer in turn.
    """

    def __init__(self, layers: Sequence[LayerGram], device: Device) -> None:
        self._layers, self._device, self._lock = layers, device, Lock()
        self._number = -1
        self._space: LayerSpace | None = None

    def of(self, number: int) -> LayerSpace:
        """The space of a layer, told by number."""
        with self._lock:
            if self._space is None or self._number != number:
                self._space = None  # before another is read
                self._space, self._number = LayerSpace(self._layers[number], device=self._device), number
            return self._space


def r_slope(
    predictions: Float[Array, "test targets"], responses: Float[Array, "test targets"]
) -> Float[Array, "test targets"]:
    """The slope of n r in each of a fold's n predictions."""
    return held_out_influence(predictions, responses).slope


def bytes_of_a_piece(n_stimuli: int, n_targets: int) -> int:
    """What a layer and a fold hold at most while they are worked on."""
    return MATRICES * 8 * n_stimuli * max(n_stimuli, n_targets)
