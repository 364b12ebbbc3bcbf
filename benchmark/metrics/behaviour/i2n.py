"""I2n: image-by-distractor patterns of discriminability, each object's mean taken off (Rajalingham et al. 2018).

The rules, for image i of category t against distractor category d (t != d):

1. Hit rate H[i, d] = P[i, t] / (P[i, t] + P[i, d]): the share of t among the answers t and d, or among probabilities.
2. False-alarm rate F[t, d] = mean over the images j of d that have a rate of 1 - H[j, t]: how often an image of d
   passes for t. Every image weighs the same, as in Brain-Score (the paper pools the trials of all distractor images).
3. d'[i, d] = z(H[i, d]) - z(F[t, d]), z the inverse normal distribution function, then clipped to [-5, 5]. Rates of 0
   and 1 are not corrected: z is infinite and the clip makes it finite.
4. Undefined (NaN): the column of the image's own category, no answer t or d, no image of d with a rate, and z(H) and
   z(F) the same infinity (both rates 0 or both 1).
5. I2n = d' minus its mean over the images of t against the same d.
Defined in docs/conventions.md#image-level-patterns.
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import ratio
from brainrank.benchmark.types.errors import InvalidDataError

CAP = 5.0


class Consistency(NamedTuple):
    """Pearson r between two patterns over `cells` defined in both; NaN exactly when `reason` says why."""

    value: float
    cells: int
    reason: str


def hit_rates_from_probabilities(
    probabilities: Float[ndarray, "images categories"], truth: Int[ndarray, " images"]
) -> Float[ndarray, "images categories"]:
    """Rule 1 for n-way probabilities or answer counts; NaN in the own category's column and where both are zero.

    Raises InvalidDataError for negative or NaN probabilities, or a truth that is no column.
    """
    _check_truth(truth, probabilities.shape[1])
    if not (probabilities >= 0).all():
        raise InvalidDataError("Probabilities must be numbers from zero on; some are negative or NaN")
    own = np.take_along_axis(probabilities, truth[:, None], axis=1)
    total = own + probabilities
    rates = ratio(np.broadcast_to(own, total.shape), total)
    np.put_along_axis(rates, truth[:, None], np.nan, axis=1)
    return rates


def i2(
    hit_rates: Float[ndarray, "images categories"], truth: Int[ndarray, " images"]
) -> Float[ndarray, "images categories"]:
    """Rules 2 to 4: d' of every image against every distractor, clipped to [-5, 5].

    Raises InvalidDataError for a truth that is no column.
    """
    _check_truth(truth, hit_rates.shape[1])
    of_category = truth[None] == np.arange(hit_rates.shape[1])[:, None]
    alarms = _mean_of_defined(of_category, 1.0 - hit_rates)  # [d, t]: images of d that pass for t
    false_alarms = alarms.T[truth]
    with np.errstate(invalid="ignore"):  # the same infinity on both sides has no difference: NaN by rule 4
        dprime: Float[ndarray, "images categories"] = scipy.special.ndtri(hit_rates) - scipy.special.ndtri(false_alarms)
    return dprime.clip(-CAP, CAP)


def i2n(
    hit_rates: Float[ndarray, "images categories"], truth: Int[ndarray, " images"]
) -> Float[ndarray, "images categories"]:
    """Rules 2 to 5: d' less its mean over the images of the same category against the same distractor."""
    dprime = i2(hit_rates, truth)
    of_category = truth[None] == np.arange(hit_rates.shape[1])[:, None]
    normalised: Float[ndarray, "images categories"] = dprime - _mean_of_defined(of_category, dprime)[truth]
    return normalised


def consistency(first: Float[ndarray, "images categories"], second: Float[ndarray, "images categories"]) -> Consistency:
    """Pearson r of two patterns over the cells defined in both.

    Undefined (NaN with the reason) with fewer than two such cells or when one pattern does not vary.
    """
    cells = ~(np.isnan(first) | np.isnan(second))
    x, y = first[cells], second[cells]
    if len(x) < 2:
        return Consistency(np.nan, len(x), "fewer than two image-distractor cells are defined in both patterns")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return Consistency(np.nan, len(x), "one pattern is the same in every cell")
    x, y = x - x.mean(), y - y.mean()
    return Consistency(float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0)), len(x), "")


def _mean_of_defined(
    groups: Bool[ndarray, "categories images"], values: Float[ndarray, "images categories"]
) -> Float[ndarray, "categories categories"]:
    defined = ~np.isnan(values)
    weight = groups.astype(np.float64)
    return ratio(weight @ np.where(defined, values, 0.0), weight @ defined)


def _check_truth(truth: Int[ndarray, " images"], categories: int) -> None:
    if truth.size and (truth.min() < 0 or truth.max() >= categories):
        raise InvalidDataError(
            f"Category numbers run from {truth.min()} to {truth.max()}; there are {categories} categories, from 0"
        )
