"""Confusion matrices: what was answered for what was shown, and how alike two observers' confusions are."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import MISSING_ANSWER, BehaviouralAssembly


class ConfusionCorrelation(NamedTuple):
    """Pearson r between two confusion matrices; NaN exactly when `reason` says why."""

    value: float
    reason: str


def confusion_matrix(
    category: Shaped[ndarray, " trials"], response: Shaped[ndarray, " trials"], *, categories: Sequence[str]
) -> Float[ndarray, "categories answers"]:
    """Counts of trials by true category (rows) and answer (columns, in the order of `categories`).

    The last column, one more than there are categories, counts missing answers. Raises InvalidDataError for a category
    or an answer that is not among `categories`.
    """
    answers = [*categories, MISSING_ANSWER]
    unknown = (set(map(str, category)) - set(categories)) | (set(map(str, response)) - set(answers))
    if unknown:
        raise InvalidDataError(
            f"Unknown categories {', '.join(sorted(unknown)[:5])}; the categories are {', '.join(categories)}"
        )
    flat = _places(category, answers) * len(answers) + _places(response, answers)
    return np.bincount(flat, minlength=len(categories) * len(answers)).reshape(-1, len(answers)).astype(np.float64)


def confusion_correlation(
    first: Float[ndarray, "categories answers"],
    second: Float[ndarray, "other_categories other_answers"],
    *,
    errors_only: bool = True,
) -> ConfusionCorrelation:
    """Pearson r over the cells of two confusion matrices, each row divided by its sum.

    `errors_only` leaves the diagonal out, which two accurate observers share whatever their errors are. Rows without
    trials in either matrix are left out. Undefined (NaN with the reason) with fewer than two cells or when the cells of
    one matrix are all equal. Raises InvalidDataError for matrices of different shapes.
    """
    if first.shape != second.shape:
        raise InvalidDataError(
            f"Confusion matrices have shapes {first.shape} and {second.shape}; use the same categories"
        )
    sums = [matrix.sum(axis=1, keepdims=True) for matrix in (first, second)]
    cells = np.broadcast_to((sums[0] > 0) & (sums[1] > 0), first.shape).copy()
    if errors_only:
        np.fill_diagonal(cells, False)
    if cells.sum() < 2:
        return ConfusionCorrelation(np.nan, "the two observers share no category with trials")
    x, y = ((m / np.where(s > 0, s, 1.0))[cells] for m, s in zip((first, second), sums, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return ConfusionCorrelation(np.nan, "one observer confuses all categories alike or none at all")
    x, y = x - x.mean(), y - y.mean()
    return ConfusionCorrelation(float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0)), "")


def mean_confusion_correlation(humans: BehaviouralAssembly, model: BehaviouralAssembly | None = None) -> float:
    """The mean of `confusion_correlation` over people, each with the model; without a model, over pairs of people.

    Pairs without a value are left out; NaN where none has one.
    """
    groups = (humans,) if model is None else (model, humans)
    answers = set[str]().union(*(set(map(str, group.response)) | set(group.categories) for group in groups))
    categories = sorted(answers - {MISSING_ANSWER})
    matrices = [
        confusion_matrix(group.category[trials], group.response[trials], categories=categories)
        for group in groups
        for trials in (group.observer == observer for observer in group.observers)
    ]
    pairs = combinations(matrices, 2) if model is None else product(matrices[:1], matrices[1:])
    values = np.array([confusion_correlation(first, second).value for first, second in pairs])
    return float(mean_of_defined(values[:, None])[0])


def _places(column: Shaped[ndarray, " trials"], names: Sequence[str]) -> Int[ndarray, " trials"]:
    order = np.argsort(names)
    return order[np.searchsorted(np.asarray(names), column, sorter=order)]
