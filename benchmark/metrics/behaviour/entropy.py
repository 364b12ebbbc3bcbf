"""Entropy of responses: whether an observer uses all its answers or falls back on a few."""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.ratios import ratio


class ResponseEntropy(NamedTuple):
    """Entropy in bits, and its share of the largest possible; `reasons` by the index of a NaN."""

    bits: Float[ndarray, " observers"]
    share_of_maximum: Float[ndarray, " observers"]
    reasons: dict[int, str]


def response_entropy(counts: Float[ndarray, "observers categories"]) -> ResponseEntropy:
    """Shannon entropy of each observer's answers, H = - sum p log2 p with p = count / sum of counts.

    `counts` is how often each category was answered, missing answers left out. The plug-in estimate: with few trials it
    is too low, by about (categories - 1) / (2 ln 2 trials) bits. `share_of_maximum` is H / log2(categories).
    Undefined (NaN with the reason) for an observer without answers; the share also with a single category.
    """
    total = counts.sum(axis=1, keepdims=True)
    share = ratio(counts, np.broadcast_to(total, counts.shape))
    bits = scipy.special.entr(share).sum(axis=1) / np.log(2)
    maximum = np.log2(counts.shape[1])
    reasons = {int(row): "the observer gave no answer" for row in np.flatnonzero(total[:, 0] <= 0)}
    return ResponseEntropy(bits, bits / maximum if maximum > 0 else np.full(len(bits), np.nan), reasons)
