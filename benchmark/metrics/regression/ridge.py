"""Linear ridge encoding: held-out responses predicted from features, one penalty per target.

Work is done in the smaller of the stimuli's and the features' space. What does not grow with the targets (Gram
matrices, eigendecompositions) is in float64; products over targets are in the precision of `responses`, because with
10,000 targets they are nearly all of the work and float32 (about 1e-6 in r) is far finer than any interval.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression import penalty
from brainrank.benchmark.metrics.regression.folds import fold_splits
from brainrank.benchmark.metrics.regression.influence import training_influence
from brainrank.benchmark.metrics.regression.penalty import Centred
from brainrank.benchmark.metrics.regression.spectrum import (
    FeatureSpectrum,
    Problem,
    about_mean,
    feature_spectra,
    gram_matrix,
    gram_spectrum,
    train_basis,
)
from brainrank.benchmark.types.errors import InvalidDataError

# The shape of a product decides its last bits, so that the blocks of targets are the same however targets are shared.
TARGETS_PER_BLOCK = 2048


# The slope of a statistic in the predictions of a fold, given these and the responses.
Slope = Callable[[Float[ndarray, "test targets"], Float[ndarray, "test targets"]], Float[ndarray, "test targets"]]


class HeldOut(NamedTuple):
    """Predictions of held-out stimuli (NaN where one is never held out) and the penalty of each fold and target.

    `influence` is how much each stimulus, as one that is trained on, moves the statistic whose slope was given, summed
    over folds; zero where none was.
    """

    predictions: Float[ndarray, "stimuli targets"]
    penalties: Float[ndarray, "folds targets"]
    influence: Float[ndarray, "stimuli targets"]


class Selection(NamedTuple):
    """How penalties are chosen: a name of penalty.SELECTIONS, with what `cv` needs besides.

    `inner` gives, for every outer fold, the inner fold of each stimulus; None takes the other outer folds, which keeps
    groups whole and needs no further random numbers. `criterion` is `mse` or `r`.

    Leave-one-out is the default: against `cv` it lost at most .0007 median r on macaque V4 (Cowley et al. 2023, pixels
    and three layers of a network, 640 and 1,200 images) and nothing on human V1 (Miyawaki et al. 2008). `gcv` lost up
    to .0037 and `likelihood` .0029 of the median, for a fraction of the time with many targets.
    """

    name: str = "loo"
    criterion: str = "mse"
    inner: Int[ndarray, "folds stimuli"] | None = None


def default_penalties(gram_trace: float, stimuli: int) -> Float[ndarray, " penalties"]:
    """Thirty-three penalties over eight decades about the mean eigenvalue of the Gram matrix, ascending."""
    return np.logspace(-4, 4, 33) * (gram_trace / stimuli if gram_trace > 0 else 1.0)


def ridge(
    features: Float[ndarray, "stimuli features"],
    responses: Float[ndarray, "stimuli targets"],
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
    if features.shape[1] >= len(features):
        return ridge_from_gram(
            gram_matrix(features),
            responses,
            fold_of=fold_of,
            penalties=penalties,
            selection=selection,
            targets_per_block=targets_per_block,
            slope=slope,
        )
    features = about_mean(features)
    if penalties is None:
        penalties = default_penalties(float(np.einsum("sf,sf->", features, features)), len(features))
    selection = check_selection(features, responses, fold_of, penalties, selection)
    spectra = feature_spectra(features, fold_of=fold_of)
    splits = fold_splits(fold_of)
    needs_basis = selection.name not in penalty.CLOSED_FORMS or slope is not None
    problems = [
        Problem(
            spectrum.eigenvalues,
            spectrum.test_basis.astype(responses.dtype),
            train_basis(spectrum, features[train].astype(np.float64)) if needs_basis else None,
            complete=False,
        )
        for spectrum, (train, _) in zip(spectra, splits, strict=True)
    ]
    narrow, result = features.astype(responses.dtype), _empty(responses, len(splits))
    for block in target_blocks(responses.shape[1], targets_per_block):
        offset = responses[:, block].mean(axis=0)
        targets = responses[:, block] - offset
        crosses = _cross_products(narrow, targets, fold_of)
        for fold, (train, test) in enumerate(splits):
            mean = targets[train].mean(axis=0)
            projections = _project(spectra[fold], crosses.total - crosses.held_out[fold], mean, len(train))
            centred = targets[train] - mean
            fitted = _fit(problems[fold], projections, centred, penalties, selection, fold, fold_of)
            result.predictions[test, block] = fitted.predictions + mean + offset
            result.penalties[fold, block] = fitted.penalties
            if slope is not None:
                pull = slope(fitted.predictions, targets[test])
                result.influence[train, block] += training_influence(
                    problems[fold], projections, centred, penalties=fitted.penalties, slope=pull
                )
    return result


def ridge_from_gram(
    gram: Float[ndarray, "stimuli stimuli"],
    responses: Float[ndarray, "stimuli targets"],
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
    if penalties is None:
        centred_trace = float(np.trace(gram) - gram.sum() / len(gram))
        penalties = default_penalties(centred_trace, len(gram))
    selection = check_selection(gram, responses, fold_of, penalties, selection)
    splits = fold_splits(fold_of)
    result = _empty(responses, len(splits))
    for fold, (train, test) in enumerate(splits):
        spectrum = gram_spectrum(gram, train=train, test=test)
        problem = Problem(
            spectrum.eigenvalues, spectrum.test_basis.astype(responses.dtype), spectrum.train_basis, complete=True
        )
        basis = spectrum.train_basis.astype(responses.dtype)
        for block in target_blocks(responses.shape[1], targets_per_block):
            targets = responses[train, block]
            mean = targets.mean(axis=0)
            targets -= mean  # a copy already: rows were picked
            projections = basis.T @ targets
            fitted = _fit(problem, projections, targets, penalties, selection, fold, fold_of)
            result.predictions[test, block] = fitted.predictions + mean
            result.penalties[fold, block] = fitted.penalties
            if slope is not None:
                pull = slope(fitted.predictions, responses[test, block])
                result.influence[train, block] += training_influence(
                    problem, projections, targets, penalties=fitted.penalties, slope=pull
                )
    return result


class _Fitted(NamedTuple):
    predictions: Float[ndarray, "test targets"]
    penalties: Float[ndarray, " targets"]


class _CrossProducts(NamedTuple):
    """X'Y of every fold's held-out stimuli, and of all stimuli."""

    held_out: list[Float[ndarray, "_ _"]]
    total: Float[ndarray, "features targets"]


def _fit(
    problem: Problem,
    projections: Float[ndarray, "components targets"],
    targets: Float[ndarray, "train targets"],
    penalties: Float[ndarray, " penalties"],
    selection: Selection,
    fold: int,
    fold_of: Int[ndarray, " stimuli"],
) -> _Fitted:
    penalties = np.sort(penalties)
    scores = selection_scores(problem, projections, targets, penalties, selection, fold, fold_of)
    rows = penalty.best_penalty(scores)
    shrinkage = (1 / (problem.eigenvalues[:, None] + penalties)).astype(projections.dtype)
    return _Fitted(problem.test_basis @ (projections * np.take(shrinkage, rows, axis=1)), penalties[rows])


def selection_scores(
    problem: Problem,
    projections: Float[ndarray, "components targets"],
    targets: Float[ndarray, "train targets"],
    penalties: Float[ndarray, " penalties"],
    selection: Selection,
    fold: int,
    fold_of: Int[ndarray, " stimuli"],
) -> Float[ndarray, "penalties targets"]:
    """Score of every penalty and target inside the training set of outer fold `fold`, by the selection asked for."""
    power = np.zeros(targets.shape[1])
    if not problem.complete:
        whole = np.einsum("st,st->t", targets, targets, dtype=np.float64)
        power = np.maximum(whole - np.einsum("ct,ct->t", projections, projections, dtype=np.float64), 0)
    block = Centred(projections, power, len(targets))
    if selection.name == "likelihood":
        return penalty.likelihood_scores(block, problem.eigenvalues, penalties=penalties)
    if selection.name == "gcv":
        return penalty.gcv_scores(block, problem.eigenvalues, penalties=penalties)
    if problem.train_basis is None:
        raise InvalidDataError(f"Selection '{selection.name}' needs the training basis")
    basis = problem.train_basis
    outside = None if problem.complete else targets - basis.astype(targets.dtype) @ projections
    if selection.name == "loo":
        return penalty.leave_one_out_scores(
            block, problem.eigenvalues, penalties=penalties, basis=basis, outside=outside
        )
    inner = (fold_of if selection.inner is None else selection.inner[fold])[fold_of != fold]
    return penalty.leave_fold_out_scores(
        block,
        problem.eigenvalues,
        penalties=penalties,
        basis=basis,
        outside=outside,
        fold_of=inner,
        targets=targets if selection.criterion == "r" else None,
    )


def _cross_products(
    features: Float[ndarray, "stimuli features"],
    targets: Float[ndarray, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
) -> _CrossProducts:
    held_out = [features[test].T @ targets[test] for _, test in fold_splits(fold_of)]
    rest = fold_of < 0
    total = features[rest].T @ targets[rest]
    for cross in held_out:
        total += cross
    return _CrossProducts(held_out, total)


def _project(
    spectrum: FeatureSpectrum,
    cross: Float[ndarray, "features targets"],
    mean: Float[ndarray, " targets"],
    stimuli: int,
) -> Float[ndarray, "components targets"]:
    """Z = U'Y = L^-1/2 V'(X'Y - n mean(X) mean(Y)')."""
    cross -= np.outer((stimuli * spectrum.mean).astype(cross.dtype), mean)
    directions = spectrum.eigenvectors / np.sqrt(spectrum.eigenvalues)
    return np.asarray(directions.astype(cross.dtype).T @ cross)


def _empty(responses: Float[ndarray, "stimuli targets"], folds: int) -> HeldOut:
    return HeldOut(np.full_like(responses, np.nan), np.empty((folds, responses.shape[1])), np.zeros(responses.shape))


def target_blocks(targets: int, targets_per_block: int) -> list[slice]:
    """The columns of each block of targets, the last block perhaps smaller."""
    return [slice(start, start + targets_per_block) for start in range(0, targets, targets_per_block)]


def check_selection(
    rows: Float[ndarray, "rows columns"],
    responses: Float[ndarray, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"],
    selection: Selection | None,
) -> Selection:
    """Give the selection to use, or raise InvalidDataError for what `ridge` says it raises."""
    selection = selection or Selection()
    if not len(rows) == len(responses) == len(fold_of):
        raise InvalidDataError(
            f"{len(rows)} rows of features, {len(responses)} of responses and {len(fold_of)} fold numbers; they "
            "must be the same stimuli in the same order"
        )
    if not len(penalties) or not np.all(penalties > 0):
        raise InvalidDataError(f"Penalties {penalties.tolist()} must be one or more positive numbers")
    if selection.name not in penalty.SELECTIONS:
        raise InvalidDataError(f"Unknown selection '{selection.name}'; choose from {', '.join(penalty.SELECTIONS)}")
    if selection.criterion not in penalty.CRITERIA:
        raise InvalidDataError(f"Unknown criterion '{selection.criterion}'; choose from {', '.join(penalty.CRITERIA)}")
    return selection
