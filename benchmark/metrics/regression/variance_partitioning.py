"""Variance partitioning: what each of several feature spaces predicts of held-out responses that the others do not.

With R2(T) of the spaces T together, held out, the parts are those of inclusion and exclusion ("commonality analysis"):
the part of a set S is what every space of S has and no other space, and R2(T) is the sum of the parts of all sets that
meet T. Of two spaces: unique A = R2(AB) - R2(B), unique B = R2(AB) - R2(A), shared = R2(A) + R2(B) - R2(AB). Parts may
be negative. References: Lescroart, Stansbury & Gallant 2015; Seibold & McPhee 1979.
Defined in docs/conventions.md#several-feature-spaces.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.banded import (
    BandedHeldOut,
    Subset,
    banded_ridge,
    subsets_of,
    weight_candidates,
)
from brainrank.benchmark.metrics.regression.scores import CONSTANT_RESPONSE, about_fold_means, standardised
from brainrank.benchmark.metrics.regression.selection import Selection
from brainrank.benchmark.types.errors import InvalidDataError


class Quantity(NamedTuple):
    """A value of each target, and how much each stimulus moves it, to first order; NaN and zeros where undefined."""

    values: Float[ndarray, " targets"]
    influence: Float[ndarray, "stimuli targets"]


class VariancePartition(NamedTuple):
    """R2 of every subset of the spaces, and the part of each; why a target has none (empty where it has)."""

    r2: Mapping[Subset, Quantity]
    parts: Mapping[Subset, Quantity]
    held_out: Mapping[Subset, BandedHeldOut]
    reasons: tuple[str, ...]


def variance_partition(
    grams: Sequence[Sequence[Float[ndarray, "stimuli stimuli"]]],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    units: Int[ndarray, " stimuli"],
) -> VariancePartition:
    """Partition the R2 of two or three spaces, whose Gram matrices are given for each fold, by `banded_ridge`.

    Penalties and weights are chosen by leaving out each training stimulus, or each of the `units` that stimuli belong
    to. Undefined for a target that does not vary within any fold. Raises what `banded_ridge` raises, and
    InvalidDataError for stimuli that no fold holds out.
    """
    check_held_out(fold_of)
    alone = len(np.unique(units)) == len(units)
    folds = int(fold_of.max()) + 1
    selection = Selection() if alone else Selection("cv", inner=np.broadcast_to(units, (folds, len(units))))
    held_out = banded_ridge(
        grams,
        responses,
        fold_of=fold_of,
        weights=weight_candidates(len(grams[0])),
        selection=selection,
        slope=residuals,
    )
    r2 = {subset: held_out_r2(found, responses, fold_of=fold_of) for subset, found in held_out.items()}
    undefined = np.isnan(next(iter(r2.values())).values)
    return VariancePartition(
        r2, inclusion_exclusion(r2), held_out, tuple(CONSTANT_RESPONSE if each else "" for each in undefined)
    )


def check_held_out(fold_of: Int[ndarray, " stimuli"]) -> None:
    """Raise InvalidDataError for stimuli that no fold holds out."""
    if (fold_of < 0).any():
        raise InvalidDataError(f"{(fold_of < 0).sum()} stimuli are in no fold; each must be held out once")


def residuals(
    predictions: Float[ndarray, "test targets"], responses: Float[ndarray, "test targets"]
) -> Float[ndarray, "test targets"]:
    """What is left of a fold's responses, both about their means: half the slope of minus its sum of squares."""
    left = responses - predictions
    return np.asarray(left - left.mean(axis=0))


def held_out_r2(
    held_out: BandedHeldOut, responses: Float[ndarray, "stimuli targets"], *, fold_of: Int[ndarray, " stimuli"]
) -> Quantity:
    """R2 = 1 - sum (y - p)^2 / sum y^2, responses y and predictions p about the means of their fold.

    So a prediction that does not vary has R2 = 0, where about the training mean it would be negative, the more the
    fewer stimuli (docs/decisions/variance-partitioning.md). The influence of a stimulus is ((1 - R2) y^2 - (y - p)^2)
    / sum y^2 as a tested one, and 2 / sum y^2 times `held_out.influence`, of `residuals`, as one trained on. NaN for
    responses that do not vary within any fold.
    """
    y = about_fold_means(responses.astype(np.float64), fold_of)
    left = y - about_fold_means(held_out.predictions, fold_of)
    varies = np.zeros(y.shape[1], dtype=bool)
    for fold in np.unique(fold_of):
        varies |= standardised(responses[fold_of == fold]).scale > 0
    power = np.where(varies, np.einsum("st,st->t", y, y), 1.0)
    unexplained = np.einsum("st,st->t", left, left) / power
    influence = (unexplained * y**2 - left**2 + 2 * held_out.influence) / power
    return Quantity(np.where(varies, 1 - unexplained, np.nan), np.where(varies, influence, 0.0))


def inclusion_exclusion(r2: Mapping[Subset, Quantity]) -> dict[Subset, Quantity]:
    """The part of each set of spaces, from the R2 of every subset: R2(T) = sum of the parts of sets that meet T."""
    subsets = subsets_of(max(map(len, r2)))
    meets = np.array([[bool(set(one) & set(other)) for other in subsets] for one in subsets], dtype=float)
    signs = np.rint(np.linalg.inv(meets))
    return {
        subset: Quantity(
            np.einsum("u,ut->t", row, np.stack([r2[each].values for each in subsets])),
            sum(
                (sign * r2[each].influence for sign, each in zip(row, subsets, strict=True) if sign), start=np.zeros(1)
            ),
        )
        for subset, row in zip(subsets, signs, strict=True)
    }
