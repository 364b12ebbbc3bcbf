"""Agreement of predicted probabilities with the distribution of people's labels, image by image.

`predicted` are probabilities (rows add up to 1), `shares` the shares of the answers that each category got.
Defined in docs/conventions.md#label-distributions.
"""

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import ratio

BINS = 15


def cross_entropy(
    predicted: Float[ndarray, "stimuli categories"], shares: Float[ndarray, "stimuli categories"]
) -> Float[ndarray, " stimuli"]:
    """Cross-entropy of each image in nats, CE = - sum q log p, q people's shares and p the prediction.

    It is least, the entropy of q, where p = q. Infinite, and nothing is clipped, where p is 0 for an answer that people
    gave. Reference: Peterson et al. (2019), Human uncertainty makes classification more robust.
    """
    return np.asarray(-scipy.special.xlogy(shares, predicted).sum(axis=1))


def information(
    predicted: Float[ndarray, "stimuli categories"], shares: Float[ndarray, "stimuli categories"]
) -> Float[ndarray, " stimuli"]:
    """How far the prediction gets from a uniform guess to certainty: 1 - CE / log K, of each image with K categories.

    0 for the uniform guess, 1 for certainty about what all people answered, below 0 for worse than guessing, minus
    infinity where CE is infinite. It is McFadden's (1974) R2 against the uniform guess, and has no unit of information.
    """
    return np.asarray(1 - cross_entropy(predicted, shares) / np.log(shares.shape[1]))


def modal_accuracy(
    predicted: Float[ndarray, "stimuli categories"], shares: Float[ndarray, "stimuli categories"]
) -> float:
    """The share of images whose most probable category (first of equals) is people's most frequent, or one of them."""
    chosen = predicted.argmax(axis=1)
    return float((shares[np.arange(len(shares)), chosen] == shares.max(axis=1)).mean())


def calibration_error(
    predicted: Float[ndarray, "stimuli categories"], shares: Float[ndarray, "stimuli categories"], *, bins: int = BINS
) -> float:
    """Expected calibration error: how far the chosen category's probability is from people's share of it.

    ECE = sum over bins of (images in bin / images) |mean probability - mean share|, over bins of equal width of the
    chosen category's probability. Guo et al. (2017) compare with right and wrong where people's share stands here.
    """
    chosen = predicted.argmax(axis=1)
    rows = np.arange(len(chosen))
    confidence = predicted[rows, chosen]
    in_bin = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gap = np.bincount(in_bin, weights=confidence - shares[rows, chosen], minlength=bins)
    return float(np.abs(gap).sum() / len(chosen))


def entropy_correlation(
    first: Float[ndarray, "stimuli categories"], second: Float[ndarray, "stimuli categories"]
) -> float:
    """Pearson r over images between the entropies of two distributions: whether both doubt the same images.

    Undefined (NaN) when one is equally unsure about all.
    """
    x, y = (scipy.special.entr(each).sum(axis=1) for each in (first, second))
    x, y = x - x.mean(), y - y.mean()
    if np.ptp(x) < 1e-12 or np.ptp(y) < 1e-12:  # entropies are sums: equal ones differ in their last bits
        return float("nan")
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def attainable_correlation(between_halves: float) -> float:
    """The r that the true entropies would have with those of all answers: sqrt(2 r / (1 + r)), r between two halves.

    The Spearman-Brown reliability of all answers, whose root bounds any correlation with them. Undefined (NaN) for r
    that is not above 0.
    """
    return float(np.sqrt(2 * between_halves / (1 + between_halves))) if between_halves > 0 else float("nan")


def normalised(probabilities: Float[ndarray, "stimuli categories"]) -> Float[ndarray, "stimuli categories"]:
    """Probabilities among these categories: each row divided by its sum; NaN where that is 0."""
    total = probabilities.sum(axis=1, keepdims=True)
    return ratio(probabilities.astype(np.float64), np.broadcast_to(total, probabilities.shape))
