"""Predictivity both ways: how much of the responses a layer predicts, and how much of the layer the responses predict.

A layer that predicts every neuron may hold much that no neuron has. Ridge the other way round, from neurons to units,
tells how much: reverse predictivity (Muzellec & Kar 2026). Both ways here are numbers of one kind, the share of the
variance of all targets together that held-out predictions explain,

    R2 = 1 - sum over targets and stimuli of (y - p)^2 / sum of y^2,

y and p about the means of their fold. With one penalty for all targets it does not change when targets are rotated, so
the units of a layer are had from its Gram matrix G = F F' as the columns of F, however many units there are.
Defined in docs/conventions.md#predictivity-both-ways.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.centring import centred_gram
from brainrank.benchmark.metrics.regression.ridge import default_penalties
from brainrank.benchmark.metrics.regression.scores import about_fold_means
from brainrank.benchmark.metrics.regression.shared_ridge import shared_ridge
from brainrank.benchmark.metrics.regression.variance_partitioning import Quantity, check_held_out, residuals
from brainrank.benchmark.types.errors import InvalidDataError


class TwoWay(NamedTuple):
    """The R2 of each way, with how much each stimulus moves it, and the layer's dimensions in each fold.

    The ways are from layer to responses, from responses to layer, and both with as many principal `components` of the
    layer as there are targets. A dimension is the participation ratio of eigenvalues, (sum l)^2 / sum l^2 (Gao et al.
    2017).
    """

    r2: Quantity
    components: int
    dimensions: Float[ndarray, " folds"]
    of_responses: float


def two_way_predictivity(
    grams: Sequence[Float[ndarray, "stimuli stimuli"]],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
) -> TwoWay:
    """Predict responses from a layer and the layer from responses, on held-out stimuli.

    `grams` are the layer's Gram matrices, one for each fold, as the layer may be another in each. Targets of the
    responses are divided by their standard deviation, so that each counts alike; units keep theirs. Penalties are those
    of least error when a training stimulus is left out.

    Raises InvalidDataError for stimuli that no fold holds out, and for responses or a layer that do not vary.
    """
    check_held_out(fold_of)
    measured = _standardised(responses.astype(np.float64))
    of_responses = measured @ measured.T
    sums = [_Sum(len(measured)) for _ in range(4)]
    decomposed = {id(gram): _decomposed(gram) for gram in grams}  # most folds have the same layer
    layers = [decomposed[id(gram)] for gram in grams]
    for fold, (centred, units, _) in enumerate(layers):
        few = units[:, : measured.shape[1]]
        ways = ((centred, measured), (of_responses, units), (few @ few.T, measured), (of_responses, few))
        for each, (of_predictors, targets) in zip(sums, ways, strict=True):
            each.add(of_predictors, targets, fold_of, fold)
    found = [each.r2() for each in sums]
    r2 = Quantity(np.array([value for value, _ in found]), np.stack([influence for _, influence in found], axis=1))
    of_targets = _participation_ratio(np.linalg.eigvalsh(measured.T @ measured))
    return TwoWay(r2, measured.shape[1], np.array([each.dimensions for each in layers]), of_targets)


class _Decomposed(NamedTuple):
    """A layer's Gram matrix, centred; units that have it, as principal components; how many dimensions it has."""

    centred: Float[ndarray, "stimuli stimuli"]
    units: Float[ndarray, "stimuli components"]
    dimensions: float


def _decomposed(gram: Float[ndarray, "stimuli stimuli"]) -> _Decomposed:
    centred = centred_gram(gram)
    eigenvalues, vectors = np.linalg.eigh(centred)
    seen = eigenvalues > len(gram) * np.finfo(np.float64).eps * eigenvalues[-1]
    if not seen.any():
        raise InvalidDataError("The layer does not vary over the stimuli; choose another layer")
    units = (vectors[:, seen] * np.sqrt(eigenvalues[seen]))[:, ::-1]
    return _Decomposed(centred, units, _participation_ratio(eigenvalues[seen]))


class _Sum:
    """Sums of squares over folds, and what each stimulus adds to them; targets may be others in each fold.

    The variance of a fold's targets is divided by that of all stimuli, so that folds with other layers weigh alike.
    """

    def __init__(self, stimuli: int) -> None:
        self._power, self._left = np.zeros(stimuli), np.zeros(stimuli)
        self._trained = np.zeros(stimuli)

    def add(
        self,
        of_predictors: Float[ndarray, "stimuli stimuli"],
        targets: Float[ndarray, "stimuli targets"],
        fold_of: Int[ndarray, " stimuli"],
        fold: int,
    ) -> None:
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        targets = targets / np.sqrt((targets**2).sum())
        penalties = default_penalties(float(np.trace(of_predictors)), len(of_predictors))[::2]  # half a decade apart
        fit = shared_ridge(of_predictors, targets, train, test, penalties=penalties)
        # Predictions are about the training mean; about the fold's own mean neither it nor the targets' own matters.
        held_out = np.zeros(len(test), dtype=fold_of.dtype)
        y = about_fold_means(targets[test], held_out)
        left = residuals(fit.predictions, y)
        self._power[test] += (y**2).sum(axis=1)
        self._left[test] += (left**2).sum(axis=1)
        self._trained[train] += 2 * ((fit.hat.T @ left) * fit.residuals).sum(axis=1)

    def r2(self) -> tuple[float, Float[ndarray, " stimuli"]]:
        """The share of all variance that is explained, and how much each stimulus moves it, to first order."""
        power = self._power.sum()
        unexplained = self._left.sum() / power
        return float(1 - unexplained), (unexplained * self._power - self._left + self._trained) / power


def _standardised(responses: Float[ndarray, "stimuli targets"]) -> Float[ndarray, "stimuli varying"]:
    about = responses - responses.mean(axis=0)
    scale = about.std(axis=0)
    varies = scale > len(responses) * np.finfo(np.float64).eps * np.abs(responses).max(axis=0)
    if not varies.any():
        raise InvalidDataError("No target varies over the stimuli; nothing can be predicted: give responses that do")
    return np.asarray(about[:, varies] / scale[varies])


def _participation_ratio(eigenvalues: Float[ndarray, " any"]) -> float:
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())
