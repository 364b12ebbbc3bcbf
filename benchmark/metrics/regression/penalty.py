"""How well each penalty does for each target, inside one training set, without a refit per penalty.

All scores take the training spectrum L and projections Z = U'Y of targets centred on the training stimuli, and are
higher for better penalties. With s = a / (L + a) the share of a component that penalty a leaves unexplained:

`likelihood`: log marginal likelihood of Y ~ N(mean, v (XX'/a + I)) with v and the mean integrated or profiled out
(restricted likelihood): -(n-1)/2 log(sum s Z^2 + R) + 1/2 sum log s.
`gcv`: -(sum s^2 Z^2 + R) / (1 - (1 + sum (1 - s)) / n)^2, generalised cross-validation.
`loo`: minus the mean squared leave-one-out residual, looked for around the best of `gcv`. `cv`: minus the mean
squared leave-fold-out residual, or the correlation r in each fold, averaged over folds as himalaya does.

R is the part of Y outside the span of U. References: Golub, Heath and Wahba 1979 (GCV); Patterson and Thompson 1971
(restricted likelihood); An, Liu and Venkatesh 2007 (leave-fold-out residuals from one decomposition).
Defined in docs/conventions.md#penalties.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from numpy.typing import NDArray

from brainrank.benchmark.metrics.regression.spectrum import training_residuals
from brainrank.benchmark.statistics.arrays import (
    Array,
    beside,
    check_positive_definite,
    column_products,
    device_of,
    host,
    namespace,
    quotient,
    row_squares,
)
from brainrank.benchmark.types.errors import InvalidDataError

CLOSED_FORMS = ("likelihood", "gcv")
SELECTIONS = ("likelihood", "gcv", "loo", "cv")
CRITERIA = ("mse", "r")
# Of four penalties one is looked at first; they are four to a decade.
COARSE, SMOOTH_FROM = 4, 500


class Centred(NamedTuple):
    """Centred targets seen through a training spectrum: projections Z, and per target the power R outside its span."""

    projections: Float[Array, "components targets"]
    outside_power: Float[Array, " targets"]
    stimuli: int


def likelihood_scores(
    block: Centred, eigenvalues: Float[Array, " components"], *, penalties: Float[ndarray, " penalties"]
) -> Float[ndarray, "penalties targets"]:
    """Restricted log marginal likelihood of every penalty and target; one matrix product for all of them."""
    xp, unexplained = namespace(eigenvalues), _unexplained(eigenvalues, penalties)
    power = _weighted_power(block, unexplained)
    degrees = block.stimuli - 1
    with np.errstate(divide="ignore"):  # log 0 only for a penalty of no use or a target without variance
        scores = -0.5 * degrees * xp.log(power) + 0.5 * xp.sum(xp.log(unexplained), axis=1)[:, None]
    return host(xp.where(power > 0, scores, 0.0))


def gcv_scores(
    block: Centred, eigenvalues: Float[Array, " components"], *, penalties: Float[ndarray, " penalties"]
) -> Float[ndarray, "penalties targets"]:
    """Minus the generalised cross-validation error of every penalty and target; one matrix product for all of them."""
    unexplained = _unexplained(eigenvalues, penalties)
    power = _weighted_power(block, unexplained**2)
    # n - 1 - sum(1 - s), written without the difference of two nearly equal numbers
    xp = namespace(eigenvalues)
    freedom = block.stimuli - 1 - len(eigenvalues) + xp.sum(unexplained, axis=1)
    return host(-block.stimuli * power / xp.maximum(freedom, 1e-300)[:, None] ** 2)


def leave_fold_out_scores(
    block: Centred,
    eigenvalues: Float[Array, " components"],
    *,
    penalties: Float[ndarray, " penalties"],
    basis: Float[Array, "train components"],
    outside: Float[Array, "train targets"] | None,
    fold_of: Int[ndarray, " train"],
    targets: Float[Array, "train targets"] | None = None,
) -> Float[ndarray, "penalties targets"]:
    """Scores of exact K-fold cross-validation inside the training set, from its one decomposition (`around_best`).

    Leaving out fold f (of single stimuli: leave-one-out), the residual is (I - H)_ff^-1 ((I - H) Y)_f with H the hat
    matrix including the mean, so no fold is decomposed. `outside` is the part of Y outside the basis (None when it
    spans Y). With `targets` given the criterion is Pearson r in each fold; without, minus the mean squared error. Both
    are averaged over folds. A penalty too small to be told from none scores minus infinity.

    Raises InvalidDataError for fewer than two folds.
    """
    folds = [np.flatnonzero(fold_of == fold) for fold in np.unique(fold_of)]
    if len(folds) < 2:
        raise InvalidDataError(f"Penalties cannot be chosen on {len(folds)} folds; give at least 2 inside training")
    # A stimulus counts by its fold's size, which makes the mean over folds of the mean squared error one sum.
    xp, weights = namespace(block.projections), np.zeros(block.stimuli)
    for fold in folds:
        weights[fold] = 1 / (len(fold) * len(folds))
    weights = xp.astype(beside(weights, block.projections), block.projections.dtype)

    def score(row: int, these: NDArray[np.integer]) -> NDArray[np.floating]:
        some = block._replace(projections=block.projections[:, these])
        left = None if outside is None else outside[:, these]
        residuals = _leave_fold_out_residuals(some, eigenvalues, float(penalties[row]), basis, left, folds)
        if targets is None:
            return host(-(weights @ residuals**2))
        measured = targets[:, these]
        r = [host(_fold_correlation(measured[fold], measured[fold] - residuals[fold])) for fold in folds]
        return np.asarray(np.mean(r, axis=0))

    # GCV is no guide where stimuli come in groups of near-duplicates, so that the whole grid is looked at. Squared
    # errors of many stimuli are smooth in the penalty: one in four is enough there to find the best.
    step = COARSE if targets is None and block.stimuli >= SMOOTH_FROM else 1
    coarse = np.full((len(penalties), block.projections.shape[1]), -np.inf)
    for row in range(0, len(penalties), step):
        coarse[row] = score(row, np.arange(coarse.shape[1]))
    coarse[~np.isfinite(coarse)] = -np.inf
    return around_best(best_penalty(coarse), coarse, score)


class LeftOut(NamedTuple):
    """Scores of penalties, and the leave-one-out residuals at each target's best."""

    scores: Float[ndarray, "penalties targets"]
    residuals: Float[Array, "train targets"]


def leave_one_out(
    block: Centred,
    eigenvalues: Float[Array, " components"],
    *,
    penalties: Float[ndarray, " penalties"],
    basis: Float[Array, "train components"],
    outside: Float[Array, "train targets"] | None,
    unseen: Float[Array, "train penalties"],
) -> LeftOut:
    """Leave-one-out scores of the penalties (`around_best`), from GCV's best on: three or four products, not 33.

    `unseen` is `Spectrum.unseen(penalties)`.
    """
    xp, n_targets, dtype = namespace(block.projections), block.projections.shape[1], block.projections.dtype
    found = xp.zeros((block.stimuli, n_targets), dtype=dtype, device=device_of(block.projections))
    row_of, best = np.full(n_targets, -1), np.full(n_targets, -np.inf)

    def score(row: int, these: NDArray[np.integer]) -> NDArray[np.floating]:
        left = None if outside is None else outside[:, these]
        some = block.projections[:, these]
        residuals = training_residuals(basis, eigenvalues, some, left, penalty=float(penalties[row]))
        residuals /= xp.astype(unseen[:, row, None], dtype)
        reached = np.nan_to_num(host(-column_products(residuals, residuals) / block.stimuli), nan=-np.inf)
        better = (reached > best[these]) | ((reached == best[these]) & (row > row_of[these]))
        found[:, these[better]], row_of[these[better]] = residuals[:, better], row
        best[these[better]] = reached[better]
        return np.asarray(reached)

    start = best_penalty(gcv_scores(block, eigenvalues, penalties=penalties))
    return LeftOut(around_best(start, np.full((len(penalties), n_targets), -np.inf), score), found)


Score = Callable[[int, NDArray[np.integer]], NDArray[np.floating]]
"""The score of a penalty, told by row, for some of the targets."""


def around_best(
    start: Int[ndarray, " targets"], known: Float[ndarray, "penalties targets"], score: Score
) -> Float[ndarray, "penalties targets"]:
    """Scores of the penalties (ascending) around each target's best; minus infinity for those not looked at.

    Each target walks from the penalty `start`, told by row, to where both neighbours are worse, the ends of the grid
    included. `known` are scores that need not be looked at, minus infinity elsewhere. As everywhere, ties go to the
    larger penalty.
    """
    scores, looked_at, best = known.copy(), np.isfinite(known), start
    rows = np.arange(len(known))[:, None]
    while (wanted := (abs(rows - best) <= 1) & ~looked_at).any():
        for row in np.flatnonzero(wanted.any(axis=1)):
            these = np.flatnonzero(wanted[row])
            scores[row, these] = score(int(row), these)
        scores[~np.isfinite(scores)] = -np.inf
        looked_at |= wanted
        best = best_penalty(scores)
    return scores


def best_penalty(scores: Float[ndarray, "penalties targets"]) -> Int[ndarray, " targets"]:
    """Row of the best score of every target; ties go to the last row, the largest penalty."""
    return np.asarray(len(scores) - 1 - np.argmax(scores[::-1], axis=0))


def _unexplained(
    eigenvalues: Float[Array, " components"], penalties: Float[ndarray, " penalties"]
) -> Float[Array, "penalties components"]:
    grid = beside(penalties, eigenvalues)[:, None]
    return grid / (eigenvalues + grid)


def _weighted_power(block: Centred, weights: Float[Array, "penalties components"]) -> Float[Array, "penalties targets"]:
    # Sums of squares keep every digit that matters in the targets' own precision: no term is negative.
    xp, squares = namespace(weights), block.projections**2
    return xp.astype(xp.astype(weights, squares.dtype) @ squares, xp.float64) + block.outside_power


def _leave_fold_out_residuals(
    block: Centred,
    eigenvalues: Float[Array, " components"],
    penalty: float,
    basis: Float[Array, "train components"],
    outside: Float[Array, "train targets"] | None,
    folds: list[Int[ndarray, " _"]],
) -> Float[Array, "train targets"]:
    unexplained = penalty / (eigenvalues + penalty)
    xp, dtype = namespace(block.projections), block.projections.dtype
    residuals = training_residuals(basis, eigenvalues, block.projections, outside, penalty=penalty)
    if all(len(fold) == 1 for fold in folds):
        unseen = row_squares(basis, unexplained)
        if outside is not None:
            unseen += 1 - 1 / block.stimuli - row_squares(basis)
        return residuals / xp.astype(unseen[:, None], dtype)
    for fold in folds:
        try:
            residuals[fold] = _left_out(basis[fold], unexplained, residuals[fold], block.stimuli, outside is not None)
        except np.linalg.LinAlgError:  # the penalty is too small to leave anything out; it cannot be chosen
            return xp.full_like(residuals, np.nan)
    return residuals


def _left_out(
    rows: Float[Array, "fold components"],
    unexplained: Float[Array, " components"],
    residuals: Float[Array, "fold targets"],
    stimuli: int,
    has_outside: bool,
) -> Float[Array, "fold targets"]:
    """(I - H)_ff^-1 times a fold's residuals, in the smaller of the fold's and the components' space.

    Where the basis spans all but the mean, (I - H)_ff = U_f S U_f', S what is unexplained. Else it is I - B B' with
    B = [U_f (1 - S)^1/2, 1 / sqrt(n)], whose inverse is I + B (I - B'B)^-1 B' (Woodbury). Raises LinAlgError where it
    is not positive definite. By NumPy: SciPy brings a BLAS of its own, loaded after threads were limited to one, whose
    threads waited for each other (.17 s instead of .001 for a fold of 160).
    """
    xp, dtype = namespace(rows), residuals.dtype
    float64 = {"dtype": xp.float64, "device": device_of(rows)}
    if not has_outside:
        unseen = xp.matmul(rows * unexplained, rows.T)
    else:
        b = xp.concat([rows * xp.sqrt(1 - unexplained), xp.full((len(rows), 1), stimuli**-0.5, **float64)], axis=1)
        if b.shape[1] < len(rows):
            inner = xp.eye(b.shape[1], **float64) - b.T @ b
            check_positive_definite(inner)
            back = xp.astype(xp.linalg.solve(inner, b.T), dtype)
            return residuals + xp.astype(b, dtype) @ (back @ residuals)
        unseen = xp.eye(len(rows), **float64) - b @ b.T
    check_positive_definite(unseen)
    return xp.astype(xp.linalg.inv(unseen), dtype) @ residuals


def _fold_correlation(
    measured: Float[Array, "fold targets"], predicted: Float[Array, "fold targets"]
) -> Float[Array, " targets"]:
    xp = namespace(measured)
    measured, predicted = measured - xp.mean(measured, axis=0), predicted - xp.mean(predicted, axis=0)
    scale = xp.sqrt(column_products(measured, measured) * column_products(predicted, predicted))
    return quotient(column_products(measured, predicted), scale, where=scale > 0, otherwise=0.0)
