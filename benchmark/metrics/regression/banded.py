"""Banded ridge: several feature spaces, each with its own penalty, from their Gram matrices; and every subset of them.

With weights w it is ridge on K = sum_i w_i K_i, that is on features scaled by sqrt(w_i): the penalty of a space is
penalty / weight. Weights are looked for among candidates on the simplex, penalty and weights for each target inside
the training stimuli. A candidate whose other weights are 0 is one of a subset of the spaces, so one search serves all
subsets, and a subset never has a candidate that a larger one lacks. References: Dupré la Tour, Eickenberg,
Nunez-Elizalde & Gallant 2022; Nunez-Elizalde, Huth & Gallant 2019. Defined in
docs/conventions.md#several-feature-spaces.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations, product
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.folds import fold_splits
from brainrank.benchmark.metrics.regression.influence import training_influence
from brainrank.benchmark.metrics.regression.ridge import (
    Slope,
    default_penalties,
)
from brainrank.benchmark.metrics.regression.selection import PenaltyChoice, Selection, check_selection
from brainrank.benchmark.metrics.regression.spectrum import gram_spectrum
from brainrank.benchmark.types.errors import InvalidDataError

Subset = tuple[int, ...]
"""Some of the feature spaces, by number, ascending."""

# Weights reach from 1 to a thousandth of the largest: in halves of a decade for two spaces, in decades for more.
DECADES = 3


class BandedHeldOut(NamedTuple):
    """Predictions of held-out stimuli by some of the spaces; weights and penalty of every fold and target.

    `influence` is how much each stimulus, as one that is trained on, moves the statistic whose slope was given, summed
    over folds; zero where none was.
    """

    predictions: Float[ndarray, "stimuli targets"]
    influence: Float[ndarray, "stimuli targets"]
    weights: Float[ndarray, "folds spaces targets"]
    penalties: Float[ndarray, "folds targets"]


class _Fold(NamedTuple):
    """One fold: its responses about the training means, and how penalties are chosen in it."""

    number: int
    train: Int[ndarray, " train"]
    test: Int[ndarray, " test"]
    targets: Float[ndarray, "train targets"]
    tested: Float[ndarray, "test targets"]
    fold_of: Int[ndarray, " stimuli"]


class _Fitted(NamedTuple):
    """Ridge with one candidate's weights: each target's best penalty, its score in training, and what came out."""

    scores: Float[ndarray, " targets"]
    penalties: Float[ndarray, " targets"]
    predictions: Float[ndarray, "test targets"]
    influence: Float[ndarray, "train targets"]


def subsets_of(spaces: int) -> list[Subset]:
    """Every subset of the spaces but the empty one, the smaller first."""
    return list(chain.from_iterable(combinations(range(spaces), size) for size in range(1, spaces + 1)))


def weight_candidates(spaces: int) -> Float[ndarray, "candidates spaces"]:
    """Weights to try, of sum 1: each space alone, then the spaces of each larger subset in fixed ratios.

    Of a subset the largest weights are equal and the others 10^-e of them, e up to DECADES. Raises InvalidDataError for
    fewer than one space.
    """
    if spaces < 1:
        raise InvalidDataError(f"{spaces} feature spaces; banded ridge needs at least one")
    rows = []
    for subset in subsets_of(spaces):
        steps = np.linspace(0, -DECADES, 1 + DECADES * (2 if len(subset) == 2 else 1)) if len(subset) > 1 else [0.0]
        for exponents in product(steps, repeat=len(subset)):
            if max(exponents) == 0:
                row = np.zeros(spaces)
                row[list(subset)] = 10.0 ** np.array(exponents)
                rows.append(row / row.sum())
    return np.array(rows)


def banded_ridge(
    grams: Sequence[Sequence[Float[ndarray, "stimuli stimuli"]]],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    weights: Float[ndarray, "candidates spaces"],
    penalties: Float[ndarray, " penalties"] | None = None,
    selection: Selection | None = None,
    slope: Slope | None = None,
) -> Mapping[Subset, BandedHeldOut]:
    """Predict held-out stimuli by every subset of the spaces, weights and penalty chosen per target inside training.

    `grams` are the spaces' Gram matrices XX' for each fold, which may have layers of its own. Each is first divided by
    the mean square of its training rows about their mean, so that weights mean the same whatever a space's width or
    unit. Of equal candidates the first is taken, of equal penalties the largest. A target, or a space, that does not
    vary in training predicts the training mean. Raises what `ridge` raises, and InvalidDataError for spaces that are
    not those of the weights, and for weights that are negative or all zero.
    """
    _check_weights(grams, weights)
    if penalties is None:
        penalties = default_penalties(1.0, 1)  # the mean eigenvalue of every candidate is 1
    selection = check_selection(len(grams[0][0]), responses, fold_of, penalties, selection)
    penalties = np.sort(penalties)
    splits = fold_splits(fold_of)
    if len(grams) != len(splits):
        raise InvalidDataError(f"Gram matrices for {len(grams)} folds, and {len(splits)} folds; give them for each")
    found = {subset: _empty(responses, len(splits), weights.shape[1]) for subset in subsets_of(weights.shape[1])}
    for number, (train, test) in enumerate(splits):
        mean = responses[train].mean(axis=0, dtype=np.float64)
        fold = _Fold(number, train, test, responses[train] - mean, responses[test] - mean, fold_of)
        scaled = np.stack([of_unit_variance(gram, train) for gram in grams[number]])
        _search(found, scaled, fold, weights, penalties, selection, slope)
        for held_out in found.values():
            held_out.predictions[test] += mean
    return found


def of_unit_variance(
    gram: Float[ndarray, "stimuli stimuli"], train: Int[ndarray, " train"]
) -> Float[ndarray, "stimuli stimuli"]:
    """A Gram matrix over the mean of its training diagonal, centred on the training rows; zero where that is."""
    rows = gram[np.ix_(train, train)].astype(np.float64)
    variance = float(np.trace(rows) - rows.sum() / len(rows)) / len(rows)
    rounding = float(np.finfo(np.float64).eps * np.abs(np.diag(rows)).max(initial=0.0)) * len(rows)
    return np.asarray(gram / variance if variance > rounding else np.zeros_like(gram), dtype=np.float64)


def _search(
    found: Mapping[Subset, BandedHeldOut],
    grams: Float[ndarray, "spaces stimuli stimuli"],
    fold: _Fold,
    weights: Float[ndarray, "candidates spaces"],
    penalties: Float[ndarray, " penalties"],
    selection: Selection,
    slope: Slope | None,
) -> None:
    """Put into `found` what each subset's best candidates make of a fold, its predictions about the training mean."""
    best = {subset: np.full(fold.targets.shape[1], -np.inf) for subset in found}
    influence = {subset: np.zeros(fold.targets.shape) for subset in found}
    for candidate in weights:
        support = set(np.flatnonzero(candidate).tolist())
        fitted = _fit(np.tensordot(candidate, grams, axes=1), fold, penalties, selection, slope)
        for subset in (each for each in found if support <= set(each)):
            better = fitted.scores > best[subset] + np.abs(fitted.scores) * 1e-12
            best[subset][better] = fitted.scores[better]
            influence[subset][:, better] = fitted.influence[:, better]
            _put(found[subset], fold, better, candidate, fitted)
    for subset, held_out in found.items():
        held_out.influence[fold.train] += influence[subset]


def _put(
    held_out: BandedHeldOut,
    fold: _Fold,
    better: Bool[ndarray, " targets"],
    candidate: Float[ndarray, " spaces"],
    fitted: _Fitted,
) -> None:
    held_out.predictions[np.ix_(fold.test, better)] = fitted.predictions[:, better]
    held_out.weights[fold.number][:, better] = candidate[:, None]
    held_out.penalties[fold.number, better] = fitted.penalties[better]


def _fit(
    gram: Float[ndarray, "stimuli stimuli"],
    fold: _Fold,
    penalties: Float[ndarray, " penalties"],
    selection: Selection,
    slope: Slope | None,
) -> _Fitted:
    spectrum = gram_spectrum(gram, train=fold.train, test=fold.test)
    projections = spectrum.train_basis.T @ fold.targets
    choice = PenaltyChoice(spectrum, penalties, selection, fold.number, fold.fold_of)
    chosen = choice.of(spectrum, projections, fold.targets, None)
    predictions = spectrum.test_basis @ (projections / (spectrum.eigenvalues[:, None] + chosen.penalties))
    influence = np.zeros(fold.targets.shape)
    if slope is not None:
        pull = slope(predictions, fold.tested)
        influence = training_influence(spectrum, projections, None, penalties=chosen.penalties, slope=pull)
    return _Fitted(chosen.scores, chosen.penalties, predictions, influence)


def _empty(responses: Float[ndarray, "stimuli targets"], folds: int, spaces: int) -> BandedHeldOut:
    targets = responses.shape[1]
    shape = responses.shape
    return BandedHeldOut(
        np.zeros(shape), np.zeros(shape), np.zeros((folds, spaces, targets)), np.full((folds, targets), np.nan)
    )


def _check_weights(grams: Sequence[Sequence[object]], weights: Float[ndarray, "candidates spaces"]) -> None:
    spaces: Iterable[int] = {len(each) for each in grams}
    if set(spaces) != {weights.shape[1]} or not len(weights) or (weights < 0).any() or not weights.any(axis=1).all():
        raise InvalidDataError(
            f"Weights of shape {weights.shape} must be rows of shares, none negative, for {sorted(spaces)} spaces"
        )
