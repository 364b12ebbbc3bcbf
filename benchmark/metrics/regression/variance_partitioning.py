"""Variance partitioning of two feature spaces by cross-validated R2 (docs/conventions.md#several-feature-spaces)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.banded import banded_ridge
from brainrank.benchmark.metrics.regression.ridge import Selection, ridge_from_gram
from brainrank.benchmark.metrics.regression.scores import target_scores


class VariancePartition(NamedTuple):
    """R2 that only A has, only B has, and both have, per target; NaN where `reasons` says why. May be negative."""

    unique_a: Float[ndarray, " targets"]
    unique_b: Float[ndarray, " targets"]
    shared: Float[ndarray, " targets"]
    r2_both: Float[ndarray, " targets"]
    reasons: tuple[str, ...]


def variance_partition(
    gram_a: Float[ndarray, "stimuli stimuli"],
    gram_b: Float[ndarray, "stimuli stimuli"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    weights: Float[ndarray, "candidates spaces"],
    selection: Selection | None = None,
) -> VariancePartition:
    """Unique A = R2(A+B) - R2(B), unique B = R2(A+B) - R2(A), shared = R2(A) + R2(B) - R2(A+B), all held out.

    A+B is banded ridge over the candidate `weights` of the two spaces, each first brought to the same trace. Undefined
    for a target that does not vary. Raises what `banded_ridge` raises. Reference: Lescroart, Stansbury & Gallant 2015.
    """
    grams = np.stack([_unit_trace(gram_a), _unit_trace(gram_b)])
    alone = [
        target_scores(
            ridge_from_gram(gram, responses, fold_of=fold_of, selection=selection).predictions,
            responses,
            fold_of=fold_of,
        )
        for gram in grams
    ]
    both = banded_ridge(grams, responses, fold_of=fold_of, weights=weights, selection=selection)
    joint = target_scores(both.predictions, responses, fold_of=fold_of)
    a, b, ab = alone[0].r2, alone[1].r2, joint.r2
    # a constant prediction has an R2 (about zero), so only constant responses leave a target out
    reasons = tuple(reason if np.isnan(r2) else "" for reason, r2 in zip(joint.reasons, ab, strict=True))
    return VariancePartition(ab - b, ab - a, a + b - ab, ab, reasons)


def _unit_trace(gram: Float[ndarray, "stimuli stimuli"]) -> Float[ndarray, "stimuli stimuli"]:
    means = gram.mean(axis=0, dtype=np.float64)
    centred = gram - means - means[:, None] + means.mean()
    trace = float(np.trace(centred))
    return np.asarray(centred * (len(gram) / trace) if trace > 0 else centred)
