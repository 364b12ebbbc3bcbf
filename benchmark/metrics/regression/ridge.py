"""Linear ridge encoding: held-out responses predicted from features, one penalty per target.

Work is done in the smaller of the stimuli's and the features' space. What does not grow with the targets (Gram
matrices, eigendecompositions) is in float64; products over targets are in the precision of `responses`, because with
10,000 targets they are nearly all of the work and float32 (about 1e-6 in r) is far finer than any interval. What lies
on a device (statistics/arrays.py) is worked on there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression import penalty
from brainrank.benchmark.metrics.regression.folds import fold_splits
from brainrank.benchmark.metrics.regression.influence import training_influence
from brainrank.benchmark.metrics.regression.left_out import is_single, left_out_correlations, left_out_residuals
from brainrank.benchmark.metrics.regression.selection import PenaltyChoice, Selection, check_selection
from brainrank.benchmark.metrics.regression.spectrum import GramSpace, Space, Spectrum, outside_of, space_of_features
from brainrank.benchmark.statistics.arrays import Array, beside, device_of, host, namespace

# The shape of a product decides its last bits, so that the blocks of targets are the same however targets are shared.
TARGETS_PER_BLOCK = 2048


# The slope of a statistic in the predictions of a fold, given these and the responses.
Slope = Callable[[Float[Array, "test targets"], Float[Array, "test targets"]], Float[Array, "test targets"]]


class HeldOut(NamedTuple):
    """Predictions of held-out stimuli (NaN where one is never held out) and the penalty of each fold and target.

    `influence` is how much each stimulus, as one that is trained on, moves the statistic whose slope was given, summed
    over folds; zero where none was. `left_out` is the r of training stimuli that are left out with their units, for
    each fold (`left_out_correlations`); NaN where no units were given.
    """

    predictions: Float[ndarray, "stimuli targets"]
    penalties: Float[ndarray, "folds targets"]
    influence: Float[ndarray, "stimuli targets"]
    left_out: Float[ndarray, "folds targets"]


class FoldFit(NamedTuple):
    """What is fitted to a fold's training stimuli, as of HeldOut; large arrays are where the responses are."""

    train: Int[ndarray, " train"]
    test: Int[ndarray, " test"]
    predictions: Float[Array, "test targets"]
    penalties: Float[ndarray, " targets"]
    influence: Float[Array, "train targets"] | None
    left_out: Float[ndarray, " targets"] | None

    @property
    def on_host(self) -> "FoldFit":
        """In the host's memory."""
        influence = None if self.influence is None else host(self.influence)
        return self._replace(predictions=host(self.predictions), influence=influence)


def default_penalties(gram_trace: float, stimuli: int) -> Float[ndarray, " penalties"]:
    """Thirty-three penalties over eight decades about the mean eigenvalue of the Gram matrix, ascending."""
    return np.logspace(-4, 4, 33) * (gram_trace / stimuli if gram_trace > 0 else 1.0)


def ridge(
    features: Float[Array, "stimuli features"],
    responses: Float[Array, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"] | None = None,
    selection: Selection | None = None,
    targets_per_block: int = TARGETS_PER_BLOCK,
    slope: Slope | None = None,
) -> HeldOut:
    """Predict every held-out stimulus by ridge on the other folds, from features.

    Y_test = mean(Y) + (X_test - mean(X)) V (L + a)^-1 V'X'Y over the training stimuli of each fold, a chosen in them.
    A target without variance is predicted by its mean. `penalties` None means `default_penalties`. With the `slope` of
    a statistic in a fold's predictions, the training stimuli's influence on it is told, too.

    Raises InvalidDataError for misaligned stimuli, empty folds, unknown selections or penalties that are not positive.
    """
    space = space_of_features(features)
    return _ridge(space, responses, fold_of, penalties, selection, targets_per_block, slope)


def ridge_from_gram(
    gram: Float[Array, "stimuli stimuli"],
    responses: Float[Array, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"] | None = None,
    selection: Selection | None = None,
    targets_per_block: int = TARGETS_PER_BLOCK,
    slope: Slope | None = None,
) -> HeldOut:
    """Predict every held-out stimulus by ridge on the other folds, from the Gram matrix XX' (centred or not).

    Y_test = mean(Y) + K_test,train U (L + a)^-1 U'Y with K centred on the training stimuli of each fold. Otherwise as
    `ridge`, with which it agrees.
    """
    return _ridge(GramSpace(gram), responses, fold_of, penalties, selection, targets_per_block, slope)


def _ridge(
    space: Space,
    responses: Float[Array, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"] | None,
    selection: Selection | None,
    targets_per_block: int,
    slope: Slope | None,
) -> HeldOut:
    fits = fold_fits(
        space,
        responses,
        fold_of=fold_of,
        penalties=penalties,
        selection=selection,
        targets_per_block=targets_per_block,
        slope=slope,
    )
    return held_out([fit().on_host for fit in fits])


def fold_fits(
    space: Space,
    responses: Float[Array, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"] | None = None,
    selection: Selection | None = None,
    targets_per_block: int = TARGETS_PER_BLOCK,
    slope: Slope | None = None,
    unit_of: Int[ndarray, " stimuli"] | None = None,
) -> list[Callable[[], FoldFit]]:
    """Return, for each fold, the function that fits its training stimuli: in any order, by any thread, the same bits.

    With `unit_of`, training stimuli are left out with their units, too. Raises what `ridge` raises.
    """
    selection = check_selection(space.n_stimuli, responses, fold_of, penalties, selection)
    fit = _Fit(space, responses, fold_of, penalties, selection, targets_per_block, slope, unit_of)
    return [partial(fit.of_fold, fold, train, test) for fold, (train, test) in enumerate(fold_splits(fold_of))]


def held_out(fits: Sequence[FoldFit]) -> HeldOut:
    """What was fitted to the training stimuli of all folds, put together in the host's memory."""
    shape = (len(fits[0].train) + len(fits[0].test), len(fits[0].penalties))
    found = HeldOut(
        np.full(shape, np.nan, fits[0].predictions.dtype),
        np.stack([each.penalties for each in fits]),
        np.zeros(shape),
        np.full((len(fits), shape[1]), np.nan),
    )
    for fold, each in enumerate(fits):
        found.predictions[each.test] = each.predictions
        if each.influence is not None:
            found.influence[each.train] += each.influence
        if each.left_out is not None:
            found.left_out[fold] = each.left_out
    return found


@dataclass(frozen=True)
class _Fit:
    """What the fits of all folds share."""

    space: Space
    responses: Float[Array, "stimuli targets"]
    fold_of: Int[ndarray, " stimuli"]
    penalties: Float[ndarray, " penalties"] | None
    selection: Selection
    targets_per_block: int
    slope: Slope | None
    unit_of: Int[ndarray, " stimuli"] | None

    def of_fold(self, fold: int, train: Int[ndarray, " train"], test: Int[ndarray, " test"]) -> FoldFit:
        """Fit a fold's training stimuli, block by block of targets."""
        spectrum = self.space.spectrum(train=train, test=test)
        penalties = default_penalties(spectrum.trace, len(self.responses)) if self.penalties is None else self.penalties
        choice = PenaltyChoice(spectrum, np.sort(penalties), self.selection, fold, self.fold_of)
        n_targets, xp, device = self.responses.shape[1], namespace(self.responses), device_of(self.responses)
        found = FoldFit(
            train,
            test,
            xp.empty((len(test), n_targets), dtype=self.responses.dtype, device=device),
            np.empty(n_targets),
            None if self.slope is None else xp.empty((len(train), n_targets), dtype=xp.float64, device=device),
            None if self.unit_of is None else np.empty(n_targets),
        )
        in_use = spectrum.in_precision(self.responses.dtype)
        for block in target_blocks(n_targets, self.targets_per_block):
            self._fit_block(found, choice, in_use, block)
        return found

    @property
    def _needs_outside(self) -> bool:
        return self.selection.name not in penalty.CLOSED_FORMS or self.slope is not None or self.unit_of is not None

    def _fit_block(self, found: FoldFit, choice: PenaltyChoice, spectrum: Spectrum, block: slice) -> None:
        xp, targets = namespace(self.responses), self.responses[found.train, block]
        mean = xp.mean(targets, axis=0)
        targets -= mean  # a copy already: rows were picked
        projections = spectrum.train_basis.T @ targets
        outside = outside_of(spectrum, projections, targets) if self._needs_outside else None
        chosen = choice.of(spectrum, projections, targets, outside)
        penalised = spectrum.eigenvalues[:, None] + beside(chosen.penalties, projections)
        shrunk = projections / xp.astype(penalised, projections.dtype)
        predictions = spectrum.test_basis @ shrunk
        found.predictions[:, block], found.penalties[block] = predictions + mean, chosen.penalties
        if self.slope is not None and found.influence is not None:
            pull = self.slope(predictions, self.responses[found.test, block])
            found.influence[:, block] = training_influence(
                spectrum, projections, outside, penalties=chosen.penalties, slope=pull
            )
        if self.unit_of is not None and found.left_out is not None:
            unit_of = np.unique(self.unit_of[found.train], return_inverse=True)[1]
            residuals = chosen.residuals
            if residuals is None or not is_single(unit_of):
                residuals = left_out_residuals(
                    spectrum, projections, outside=outside, penalties=chosen.penalties, unit_of=unit_of
                )
            found.left_out[block] = host(left_out_correlations(residuals, targets, unit_of=unit_of))


def target_blocks(targets: int, targets_per_block: int) -> list[slice]:
    """The columns of each block of targets, the last block perhaps smaller."""
    return [slice(start, start + targets_per_block) for start in range(0, targets, targets_per_block)]
