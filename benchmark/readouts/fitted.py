"""A readout fitted on a study's training images, for models without a head for its categories."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int, Shaped
from numpy import ndarray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from brainrank.benchmark.types.errors import InvalidDataError

INVERSE_PENALTIES = (1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0)  # the strongest penalty first
MOST_STEPS = 2000


class FittedReadout(NamedTuple):
    """Probabilities of the categories for each judged image, and the accuracy on training images when held out.

    The accuracy is that of the folds which chose the penalty, so it is the best of a few.
    """

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
    the L2 penalty is the one with the least log loss over folds of its own training groups (of equals the largest):
    probabilities are what a readout gives, and accuracy alone would take a penalty that makes them too sure or unsure.

    An L2-penalised fit lies in the span of its training images, so that the Gram matrix is all it needs. Features are
    centred on the training images and scaled by one number. Raises InvalidDataError when a category has no image or
    there are fewer groups than folds.
    """
    _check(labels, categories, groups, folds)
    n_training = len(labels)
    probabilities = np.full((len(judged_groups), len(categories)), np.nan)
    unseen = np.flatnonzero(~np.isin(judged_groups, groups))
    whole = _judge(gram, labels, groups, np.arange(n_training), n_training + unseen, len(categories), folds)
    probabilities[unseen] = whole.probabilities
    for kept, left_out in GroupKFold(folds).split(labels, groups=groups):
        judged = np.flatnonzero(np.isin(judged_groups, groups[left_out]))
        if judged.size:
            fold = _judge(gram, labels, groups, kept, n_training + judged, len(categories), folds)
            probabilities[judged] = fold.probabilities
    return FittedReadout(probabilities, whole.accuracy)


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
) -> FittedReadout:
    """The probabilities of the judged rows by a fit to the kept ones, which chooses its penalty among themselves."""
    features = gram_coordinates(gram[np.ix_(kept, kept)], gram[np.ix_(judged, kept)])
    chosen = _chosen_penalty(features.training, labels[kept], groups[kept], folds)
    fit = LogisticRegression(C=chosen.inverse_penalty, max_iter=MOST_STEPS).fit(features.training, labels[kept])
    probabilities = np.zeros((len(judged), n_categories))
    if len(judged):
        # A category whose images are all left out has no column in the fit: nothing speaks for it.
        probabilities[:, fit.classes_] = fit.predict_proba(features.judged)
    return FittedReadout(probabilities, chosen.accuracy)


class _Chosen(NamedTuple):
    inverse_penalty: float
    loss: float
    accuracy: float


def _chosen_penalty(
    features: Float64[ndarray, "training components"],
    labels: Int[ndarray, " training"],
    groups: Shaped[ndarray, " training"],
    folds: int,
) -> _Chosen:
    """The penalty of least log loss over folds of the groups, and its accuracy on the images left out.

    A fit starts from that of the penalty before, and the search ends where the loss rises: from there on fits take
    longest and only get surer.
    """
    splits = list(GroupKFold(folds).split(labels, groups=groups))
    fits = [LogisticRegression(max_iter=MOST_STEPS, warm_start=True) for _ in splits]
    best = _Chosen(INVERSE_PENALTIES[0], np.inf, np.nan)
    for penalty in INVERSE_PENALTIES:
        loss, right = 0.0, 0
        for fit, (fitting, testing) in zip(fits, splits, strict=True):
            fit.set_params(C=penalty).fit(features[fitting], labels[fitting])
            probabilities = fit.predict_proba(features[testing])
            right += int((fit.classes_[probabilities.argmax(axis=1)] == labels[testing]).sum())
            loss += _log_loss(probabilities, fit.classes_, labels[testing])
        if loss >= best.loss:
            break
        best = _Chosen(penalty, loss, right / len(labels))
    return best


def _log_loss(
    probabilities: Float[ndarray, "images classes"], classes: Int[ndarray, " classes"], labels: Int[ndarray, " images"]
) -> float:
    """Minus the sum of the labels' log probabilities; a label the fit never saw is left out, as no penalty mends it."""
    known = np.flatnonzero(np.isin(labels, classes))
    columns = np.searchsorted(classes, labels[known])
    return -float(np.log(probabilities[known, columns]).sum())


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
