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

from brainrank.benchmark.types.errors import InvalidDataError

CLOSED_FORMS = ("likelihood", "gcv")
SELECTIONS = ("likelihood", "gcv", "loo", "cv")
CRITERIA = ("mse", "r")
# Of four penalties one is looked at first; they are four to a decade.
COARSE, SMOOTH_FROM = 4, 500


class Centred(NamedTuple):
    """Centred targets seen through a training spectrum: projections Z, and per target the power R outside its span."""

    projections: Float[ndarray, "components targets"]
    outside_power: Float[ndarray, " targets"]
    stimuli: int


def likelihood_scores(
    block: Centred, eigenvalues: Float[ndarray, " components"], *, penalties: Float[ndarray, " penalties"]
) -> Float[ndarray, "penalties targets"]:
    """Restricted log marginal likelihood of every penalty and target; one matrix product for all of them."""
    unexplained = _unexplained(eigenvalues, penalties)
    power = _weighted_power(block, unexplained)
    degrees = block.stimuli - 1
    with np.errstate(divide="ignore"):  # log 0 only for a penalty of no use or a target without variance
        scores = -0.5 * degrees * np.log(power) + 0.5 * np.log(unexplained).sum(axis=1)[:, None]
    return np.asarray(np.where(power > 0, scores, 0.0))


def gcv_scores(
    block: Centred, eigenvalues: Float[ndarray, " components"], *, penalties: Float[ndarray, " penalties"]
) -> Float[ndarray, "penalties targets"]:
    """Minus the generalised cross-validation error of every penalty and target; one matrix product for all of them."""
    unexplained = _unexplained(eigenvalues, penalties)
    power = _weighted_power(block, unexplained**2)
    # n - 1 - sum(1 - s), written without the difference of two nearly equal numbers
    freedom = block.stimuli - 1 - len(eigenvalues) + unexplained.sum(axis=1)
    return np.asarray(-block.stimuli * power / np.maximum(freedom, 1e-300)[:, None] ** 2)


def leave_fold_out_scores(
    block: Centred,
    eigenvalues: Float[ndarray, " components"],
    *,
    penalties: Float[ndarray, " penalties"],
    basis: Float[ndarray, "train components"],
    outside: Float[ndarray, "train targets"] | None,
    fold_of: Int[ndarray, " train"],
    targets: Float[ndarray, "train targets"] | None = None,
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
    weights = np.zeros(block.stimuli, dtype=block.projections.dtype)
    for fold in folds:
        weights[fold] = 1 / (len(fold) * len(folds))

    def score(row: int, these: NDArray[np.integer]) -> NDArray[np.floating]:
        some = block._replace(projections=block.projections[:, these])
        beside = None if outside is None else outside[:, these]
        residuals = _leave_fold_out_residuals(some, eigenvalues, float(penalties[row]), basis, beside, folds)
        if targets is None:
            return np.asarray(-(weights @ residuals**2))
        measured = targets[:, these]
        r = [_fold_correlation(measured[fold], measured[fold] - residuals[fold]) for fold in folds]
        return np.asarray(np.mean(r, axis=0))

    # GCV is no guide where stimuli come in groups of near-duplicates, so that the whole grid is looked at. Squared
    # errors of many stimuli are smooth in the penalty: one in four is enough there to find the best.
    step = COARSE if targets is None and block.stimuli >= SMOOTH_FROM else 1
    coarse = np.full((len(penalties), block.projections.shape[1]), -np.inf)
    for row in range(0, len(penalties), step):
        coarse[row] = score(row, np.arange(coarse.shape[1]))
    return around_best(coarse, score)


class LeftOut(NamedTuple):
    """Scores of penalties, and the leave-one-out residuals at each target's best."""

    scores: Float[ndarray, "penalties targets"]
    residuals: Float[ndarray, "train targets"]


def leave_one_out(
    block: Centred,
    eigenvalues: Float[ndarray, " components"],
    *,
    penalties: Float[ndarray, " penalties"],
    basis: Float[ndarray, "train components"],
    outside: Float[ndarray, "train targets"] | None,
    unseen: Float[ndarray, "train penalties"],
) -> LeftOut:
    """Leave-one-out scores of the penalties (`around_best`), from GCV's best on: three or four products, not 33.

    `unseen` is `Spectrum.unseen(penalties)`.
    """
    n_targets, dtype = block.projections.shape[1], block.projections.dtype
    found, row_of, best = (
        np.zeros((block.stimuli, n_targets), dtype),
        np.full(n_targets, -1),
        np.full(n_targets, -np.inf),
    )

    def score(row: int, these: NDArray[np.integer]) -> NDArray[np.floating]:
        unexplained = penalties[row] / (eigenvalues + penalties[row])
        residuals = basis @ (unexplained.astype(dtype)[:, None] * block.projections[:, these])
        if outside is not None:
            residuals += outside[:, these]
        residuals /= unseen[:, row, None].astype(dtype)
        reached = np.nan_to_num(-np.einsum("st,st->t", residuals, residuals) / block.stimuli, nan=-np.inf)
        better = (reached > best[these]) | ((reached == best[these]) & (row > row_of[these]))
        found[:, these[better]], row_of[these[better]] = residuals[:, better], row
        best[these[better]] = reached[better]
        return np.asarray(reached)

    return LeftOut(around_best(gcv_scores(block, eigenvalues, penalties=penalties), score, is_score=False), found)


Score = Callable[[int, NDArray[np.integer]], NDArray[np.floating]]
"""The score of a penalty, told by row, for some of the targets."""


def around_best(
    start: Float[ndarray, "penalties targets"], score: Score, *, is_score: bool = True
) -> Float[ndarray, "penalties targets"]:
    """Scores of the penalties (ascending) around each target's best; minus infinity for those not looked at.

    Each target starts at the best penalty of `start` and walks to where both neighbours are worse, the ends of the grid
    included. `start` are scores, of some penalties, or (`is_score` false) a guess of which is best. As everywhere, ties
    go to the larger penalty.
    """
    scores = np.where(np.isfinite(start), start, -np.inf) if is_score else np.full(start.shape, -np.inf)
    looked_at, rows = np.isfinite(scores), np.arange(len(start))[:, None]
    best = best_penalty(start)
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
    eigenvalues: Float[ndarray, " components"], penalties: Float[ndarray, " penalties"]
) -> Float[ndarray, "penalties components"]:
    return np.asarray(penalties[:, None] / (eigenvalues + penalties[:, None]))


def _weighted_power(
    block: Centred, weights: Float[ndarray, "penalties components"]
) -> Float[ndarray, "penalties targets"]:
    # Sums of squares keep every digit that matters in the targets' own precision: no term is negative.
    squares = block.projections**2
    return np.asarray((weights.astype(squares.dtype) @ squares).astype(np.float64) + block.outside_power)


def _leave_fold_out_residuals(
    block: Centred,
    eigenvalues: Float[ndarray, " components"],
    penalty: float,
    basis: Float[ndarray, "train components"],
    outside: Float[ndarray, "train targets"] | None,
    folds: list[Int[ndarray, " _"]],
) -> Float[ndarray, "train targets"]:
    unexplained = penalty / (eigenvalues + penalty)
    dtype = block.projections.dtype
    if all(len(fold) == 1 for fold in folds):
        unseen = np.einsum("sc,c,sc->s", basis, unexplained, basis)
        if outside is not None:
            unseen += 1 - 1 / block.stimuli - np.einsum("sc,sc->s", basis, basis)
        residuals = (basis * unexplained).astype(dtype) @ block.projections
        return np.asarray((residuals if outside is None else residuals + outside) / unseen[:, None].astype(dtype))
    residuals = np.asarray((basis * unexplained).astype(dtype) @ block.projections)
    if outside is not None:
        residuals += outside
    for fold in folds:
        try:
            residuals[fold] = _left_out(basis[fold], unexplained, residuals[fold], block.stimuli, outside is not None)
        except np.linalg.LinAlgError:  # the penalty is too small to leave anything out; it cannot be chosen
            return np.full((block.stimuli, block.projections.shape[1]), np.nan, dtype=dtype)
    return residuals


def _left_out(
    rows: Float[ndarray, "fold components"],
    unexplained: Float[ndarray, " components"],
    residuals: Float[ndarray, "fold targets"],
    stimuli: int,
    has_outside: bool,
) -> Float[ndarray, "fold targets"]:
    """(I - H)_ff^-1 times a fold's residuals, in the smaller of the fold's and the components' space.

    Where the basis spans all but the mean, (I - H)_ff = U_f S U_f', S what is unexplained. Else it is I - B B' with
    B = [U_f (1 - S)^1/2, 1 / sqrt(n)], whose inverse is I + B (I - B'B)^-1 B' (Woodbury). Raises LinAlgError where it
    is not positive definite. By NumPy: SciPy brings a BLAS of its own, loaded after threads were limited to one, whose
    threads waited for each other (.17 s instead of .001 for a fold of 160).
    """
    if not has_outside:
        unseen = (rows * unexplained) @ rows.T
    else:
        b = np.hstack([rows * np.sqrt(1 - unexplained), np.full((len(rows), 1), stimuli**-0.5)])
        if b.shape[1] < len(rows):
            inner = np.eye(b.shape[1]) - b.T @ b
            np.linalg.cholesky(inner)
            back = np.linalg.solve(inner, b.T).astype(residuals.dtype)
            return np.asarray(residuals + b.astype(residuals.dtype) @ (back @ residuals))
        unseen = np.eye(len(rows)) - b @ b.T
    np.linalg.cholesky(unseen)
    return np.asarray(np.linalg.inv(unseen).astype(residuals.dtype) @ residuals)


def _fold_correlation(
    measured: Float[ndarray, "fold targets"], predicted: Float[ndarray, "fold targets"]
) -> Float[ndarray, " targets"]:
    measured = measured - measured.mean(axis=0)
    predicted = predicted - predicted.mean(axis=0)
    covariance = np.einsum("st,st->t", measured, predicted)
    scale = np.sqrt(np.einsum("st,st->t", measured, measured) * np.einsum("st,st->t", predicted, predicted))
    return np.asarray(np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0))
