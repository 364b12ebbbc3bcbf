"""A readout fitted on a study's training images, for models without a head for its categories."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int, Shaped
from numpy import ndarray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from brainrank.benchmark.types.errors import InvalidDataError

INVERSE_PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)


class FittedReadout(NamedTuple):
    """Probabilities of the categories for each judged image, and the accuracy on training images when held out."""

    probabilities: Float[ndarray, "judged categories"]
    accuracy: float


def cross_fitted(
    gram: Float64[ndarray, "images images"],
    labels: Int[ndarray, " training"],
    *,
    categories: Sequence[str],
    groups: Shaped[ndarray, " training"],
    judged_groups: Shaped[ndarray, " judged"],
    folds: int = 5,
) -> FittedReadout:
    """Judge images by multinomial logistic regression fitted on training images of other groups only.

    `gram` is of the features of the training images, then of the judged ones; labels are indices of `categories`, and a
    group holds the versions of one photograph. The groups are split into folds; a judged image is judged by the fit
    that left its group's fold out, or by the fit to all training images if they do not show its group. In every fit
    the L2 penalty is the one with the best accuracy over folds of its own training groups (of equals the largest).

    An L2-penalised fit lies in the span of its training images, so that the Gram matrix is all it needs. Features are
    centred on the training images and scaled by one number. Raises InvalidDataError when a category has no image or
    there are fewer groups than folds.
    """
    _check(labels, categories, groups, folds)
    n_training = len(labels)
    splits = list(GroupKFold(folds).split(labels, groups=groups))
    probabilities = np.full((len(judged_groups), len(categories)), np.nan)
    held_out_right = np.empty(n_training, dtype=bool)
    unseen = np.flatnonzero(~np.isin(judged_groups, groups))
    if unseen.size:
        everything = np.arange(n_training)
        probabilities[unseen] = _judge(gram, labels, groups, everything, n_training + unseen, len(categories), folds)
    for kept, left_out in splits:
        judged = np.flatnonzero(np.isin(judged_groups, groups[left_out]))
        rows = np.concatenate([left_out, n_training + judged])
        found = _judge(gram, labels, groups, kept, rows, len(categories), folds)
        held_out_right[left_out] = found[: len(left_out)].argmax(axis=1) == labels[left_out]
        probabilities[judged] = found[len(left_out) :]
    return FittedReadout(probabilities, float(held_out_right.mean()))


def _check(labels: ndarray, categories: Sequence[str], groups: ndarray, folds: int) -> None:
    missing = [category for index, category in enumerate(categories) if not (labels == index).any()]
    if missing:
        raise InvalidDataError(
            f"No training image shows {', '.join(missing[:5])}; a readout needs some of each category"
        )
    n_groups = len(np.unique(groups))
    if n_groups < folds:
        raise InvalidDataError(
            f"{n_groups} groups of training images for {folds} folds; give more images or fewer folds"
        )


def _judge(
    gram: Float64[ndarray, "images images"],
    labels: Int[ndarray, " training"],
    groups: Shaped[ndarray, " training"],
    kept: Int[ndarray, " kept"],
    judged: Int[ndarray, " judged"],
    n_categories: int,
    folds: int,
) -> Float[ndarray, "judged categories"]:
    """The probabilities of the judged rows by a fit to the kept ones, which chooses its penalty among themselves."""
    features = gram_coordinates(gram[np.ix_(kept, kept)], gram[np.ix_(judged, kept)])
    scores = np.zeros(len(INVERSE_PENALTIES))
    for fitting, testing in GroupKFold(folds).split(kept, groups=groups[kept]):
        for place, penalty in enumerate(INVERSE_PENALTIES):
            fit = _classifier(penalty).fit(features.training[fitting], labels[kept][fitting])
            scores[place] += (fit.predict(features.training[testing]) == labels[kept][testing]).sum()
    fit = _classifier(INVERSE_PENALTIES[int(np.argmax(scores))]).fit(features.training, labels[kept])
    probabilities = np.zeros((len(judged), n_categories))
    # A category whose images are all left out has no column in the fit: nothing speaks for it.
    probabilities[:, fit.classes_] = fit.predict_proba(features.judged)
    return probabilities


class _Coordinates(NamedTuple):
    training: Float64[ndarray, "training components"]
    judged: Float64[ndarray, "judged components"]


def gram_coordinates(
    training: Float64[ndarray, "training training"], judged: Float64[ndarray, "judged training"]
) -> _Coordinates:
    """Coordinates of images on the principal axes of the training images, of unit root mean square length.

    What a judged image has beyond the span of the training images is left out; no linear fit to them could use it.
    """
    column_means, mean = training.mean(axis=0), training.mean()
    centred = training - column_means - column_means[:, None] + mean
    values, vectors = np.linalg.eigh(centred)
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    if not kept.any():
        raise InvalidDataError("All training images have the same features; no readout can be fitted on them")
    lengths = np.sqrt(values[kept])
    scale = np.sqrt(values[kept].sum() / len(values))
    towards = judged - judged.mean(axis=1, keepdims=True) - column_means + mean
    return _Coordinates(vectors[:, kept] * lengths / scale, towards @ (vectors[:, kept] / lengths) / scale)


def _classifier(inverse_penalty: float) -> LogisticRegression:
    return LogisticRegression(C=inverse_penalty, max_iter=2000)
