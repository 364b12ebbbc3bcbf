"""Two halves of the repeats of each stimulus, as two measurements of the same."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray


class RepeatHalves(NamedTuple):
    """The mean responses over two halves of each stimulus's repeats."""

    first: Float[ndarray, "stimuli targets"]
    second: Float[ndarray, "stimuli targets"]


def mean_over_repeats(responses: Float[ndarray, "stimuli repeats targets"]) -> Float[ndarray, "stimuli targets"]:
    """The mean over the repeats that there are."""
    return np.asarray(np.nanmean(responses, axis=1, dtype=np.float64))


def has_two_of_each(responses: Float[ndarray, "stimuli repeats targets"]) -> bool:
    """Whether every stimulus has two repeats or more with a response of every target."""
    return bool((_whole(responses).sum(axis=1) >= 2).all())


def repeat_halves(responses: Float[ndarray, "stimuli repeats targets"], *, rng: np.random.Generator) -> RepeatHalves:
    """Divide each stimulus's own repeats at random, the odd one to the second half, and average each.

    Repeats that lack a target are left out; every stimulus has two others (`has_two_of_each`).
    """
    whole = _whole(responses)
    place = np.argsort(np.argsort(np.where(whole, rng.random(whole.shape), np.inf), axis=1), axis=1)
    n = whole.sum(axis=1, keepdims=True)
    first, second = place < n // 2, (place >= n // 2) & (place < n)
    return RepeatHalves(*(_mean(responses, half) for half in (first, second)))


def root_of_reliability(r: Float[ndarray, "*any"]) -> Float[ndarray, "*any"]:
    """The correlation of what is true with the mean of all repeats, by that of halves of them: (2 r / (1 + r))^1/2.

    Spearman 1910, Brown 1910. Of r below 0 it is minus that of -r, so that noise comes to 0 on average.
    """
    return np.asarray(np.sign(r) * np.sqrt(2 * np.abs(r) / (1 + np.abs(r))))


def _whole(responses: Float[ndarray, "stimuli repeats targets"]) -> Bool[ndarray, "stimuli repeats"]:
    return np.asarray(np.isfinite(responses).all(axis=2))


def _mean(
    responses: Float[ndarray, "stimuli repeats targets"], half: Bool[ndarray, "stimuli repeats"]
) -> Float[ndarray, "stimuli targets"]:
    values = np.where(half[:, :, None], responses, 0).sum(axis=1, dtype=np.float64)
    return np.asarray(values / half.sum(axis=1, keepdims=True))
