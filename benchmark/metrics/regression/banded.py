"""Banded ridge: several feature spaces, each with its own penalty, from their Gram matrices.

Defined in docs/conventions.md#several-feature-spaces.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.folds import fold_splits
from brainrank.benchmark.metrics.regression.penalty import best_penalty
from brainrank.benchmark.metrics.regression.ridge import Selection, check_selection, default_penalties, selection_scores
from brainrank.benchmark.metrics.regression.scores import (
    CONSTANT_RESPONSE,
    TargetFits,
    about_fold_means,
    target_scores,
)
from brainrank.benchmark.metrics.regression.spectrum import Problem, gram_spectrum
from brainrank.benchmark.types.errors import InvalidDataError


class BandedHeldOut(NamedTuple):
    """What each space adds to held-out predictions, with their sum; weights and penalty of every fold and target.

    `spaces` are contributions about the training mean; `predictions` is their sum plus that mean. The penalty of a
    space is penalty / weight.
    """

    predictions: Float[ndarray, "stimuli targets"]
    spaces: Float[ndarray, "spaces stimuli targets"]
    weights: Float[ndarray, "folds spaces targets"]
    penalties: Float[ndarray, "folds targets"]


class _Search(NamedTuple):
    """The best candidate so far in one training set: score, weights, penalty and dual coefficients of each target."""

    score: Float[ndarray, " targets"]
    weights: Float[ndarray, "spaces targets"]
    penalties: Float[ndarray, " targets"]
    coefficients: Float[ndarray, "train targets"]


def weight_candidates(spaces: int, *, candidates: int, rng: np.random.Generator) -> Float[ndarray, "candidates spaces"]:
    """Weights on the simplex to try: equal, each space alone, then Dirichlet draws, sparse (.1) and even (1) in turn.

    Raises InvalidDataError for fewer than one space. Reference: Dupré la Tour et al. 2022.
    """
    if spaces < 1:
        raise InvalidDataError(f"{spaces} feature spaces; banded ridge needs at least one")
    fixed = np.vstack([np.full((1, spaces), 1 / spaces), np.eye(spaces)])
    draws = [rng.dirichlet(np.full(spaces, (0.1, 1.0)[draw % 2])) for draw in range(max(candidates - len(fixed), 0))]
    return np.vstack([fixed, *draws])[:candidates]


def banded_ridge(
    grams: Float[ndarray, "spaces stimuli stimuli"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    weights: Float[ndarray, "candidates spaces"],
    penalties: Float[ndarray, " penalties"] | None = None,
    selection: Selection | None = None,
) -> BandedHeldOut:
    """Predict held-out stimuli by ridge on sum_i w_i K_i, weights w and penalty chosen per target inside training.

    With w fixed it is ridge on features scaled by sqrt(w_i). All targets share the candidate weights, so each candidate
    costs one eigendecomposition per fold; ties go to the earlier candidate. Spaces of very different size should first
    be brought to the same trace, or most candidates will stand for one space. Raises what `ridge` raises, and
    InvalidDataError for weights that are negative, all zero or of another number of spaces.
    """
    if weights.shape[1] != len(grams) or not len(weights) or (weights < 0).any() or not weights.any(axis=1).all():
        raise InvalidDataError(f"Weights of shape {weights.shape} must be rows of {len(grams)} shares, none negative")
    if penalties is None:
        mean = grams.mean(axis=0)
        penalties = default_penalties(float(np.trace(mean) - mean.sum() / len(mean)), len(mean))
    selection = check_selection(grams[0], responses, fold_of, penalties, selection)
    penalties = np.sort(penalties)
    splits = fold_splits(fold_of)
    spaces = np.full((len(grams), *responses.shape), np.nan)
    predictions = np.full(responses.shape, np.nan)
    chosen_weights = np.empty((len(splits), len(grams), responses.shape[1]))
    chosen = np.empty((len(splits), responses.shape[1]))
    for fold, (train, test) in enumerate(splits):
        mean = responses[train].mean(axis=0)
        found = _search(grams, responses[train] - mean, train, test, weights, penalties, selection, fold, fold_of)
        for space, gram in enumerate(grams):
            rows = gram[np.ix_(test, train)] - gram[np.ix_(train, train)].mean(axis=0)
            # the coefficients of a target sum to zero, so the other half of the centring makes no difference
            spaces[space][test] = (rows @ found.coefficients) * found.weights[space]
        predictions[test] = spaces[:, test].sum(axis=0) + mean
        chosen_weights[fold], chosen[fold] = found.weights, found.penalties
    return BandedHeldOut(predictions, spaces, chosen_weights, chosen)


def product_measure(
    held_out: BandedHeldOut, responses: Float[ndarray, "stimuli targets"], *, fold_of: Int[ndarray, " stimuli"]
) -> tuple[TargetFits, ...]:
    """Split R2 among the spaces: R2_i = sum p_i (2y - p) / sum y^2, p = sum_i p_i; they add up to the R2 of p.

    y and p are about their fold's mean, so R2 here is that of predictions with the right mean in each fold. r is that
    of a space's own contribution. Undefined as in `target_scores`.
    """
    tested = fold_of >= 0
    folds, measured = fold_of[tested], responses[tested].astype(np.float64)
    y = about_fold_means(measured, folds)
    parts = np.stack([about_fold_means(space[tested], folds) for space in held_out.spaces])
    whole, power = parts.sum(axis=0), np.einsum("st,st->t", y, y)
    scores = []
    for space, part in zip(held_out.spaces, parts, strict=True):
        alone = target_scores(space, responses, fold_of=fold_of)
        share = np.divide(
            np.einsum("st,st->t", part, 2 * y - whole),
            power,
            out=np.full(len(power), np.nan),
            where=~np.isnan(alone.r2),
        )
        reasons = tuple(reason if reason == CONSTANT_RESPONSE else "" for reason in alone.reasons)
        scores.append(TargetFits(alone.r, share, reasons))
    return tuple(scores)


def _search(
    grams: Float[ndarray, "spaces stimuli stimuli"],
    targets: Float[ndarray, "train targets"],
    train: Int[ndarray, " train"],
    test: Int[ndarray, " test"],
    weights: Float[ndarray, "candidates spaces"],
    penalties: Float[ndarray, " penalties"],
    selection: Selection,
    fold: int,
    fold_of: Int[ndarray, " stimuli"],
) -> _Search:
    count = targets.shape[1]
    best = _Search(
        np.full(count, -np.inf), np.zeros((len(grams), count)), np.full(count, penalties[-1]), np.zeros(targets.shape)
    )
    for candidate in weights:
        spectrum = gram_spectrum(np.tensordot(candidate, grams, axes=1), train=train, test=test)
        basis = spectrum.train_basis
        projections = basis.astype(targets.dtype).T @ targets
        problem = Problem(spectrum.eigenvalues, spectrum.test_basis, basis, complete=True)
        scores = selection_scores(problem, projections, targets, penalties, selection, fold, fold_of)
        rows = best_penalty(scores)
        score = np.take_along_axis(scores, rows[None], axis=0)[0]
        better = score > best.score + np.abs(score) * 1e-12
        best.score[better], best.weights[:, better] = score[better], candidate[:, None]
        best.penalties[better] = penalties[rows[better]]
        shrunk = projections[:, better] / (spectrum.eigenvalues[:, None] + best.penalties[better])
        best.coefficients[:, better] = basis @ shrunk
    return best
