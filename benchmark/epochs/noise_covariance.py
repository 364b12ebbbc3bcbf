"""The covariance of channels over trials of the same stimulus, and the whitening it asks for.

As Guggenmos, Sterzer & Cichy (2018) have it: of each stimulus at each time a covariance, shrunk as scikit-learn's
`shrinkage="auto"` is (Ledoit & Wolf 2004 of channels with unit variance), and the mean over times and stimuli.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

MOST_NUMBERS = 2**22
"""Of some stimuli that are taken together: a few passes over an array of 32 MB."""


def noise_covariance(
    trials: Float[ndarray, "trials channels times"], stimulus_of: Int[ndarray, " trials"]
) -> Float[ndarray, "channels channels"]:
    """Return the mean over stimuli and times of (1 - a) S + a diag(S), S the covariance over trials (divided by n).

    a is Ledoit & Wolf's for the channels divided by their standard deviations. A stimulus has two trials at least.
    """
    channels = trials.shape[1]
    total, many = np.zeros((channels, channels)), 0
    for some in _alike(trials, stimulus_of):
        stimuli, n, _, times = some.shape
        apart = np.moveaxis(some, -1, 1).reshape(-1, n, channels).astype(np.float64)
        apart -= apart.mean(axis=1, keepdims=True)
        variances = np.square(apart).mean(axis=1)
        shrinkage = _shrinkage(apart, variances)
        rows = (apart * np.sqrt((1 - shrinkage) / n)[:, None, None]).reshape(-1, channels)
        total += rows.T @ rows
        total[np.diag_indices(channels)] += shrinkage @ variances
        many += stimuli * times
    return total / many


def _alike(
    trials: Float[ndarray, "trials channels times"], stimulus_of: Int[ndarray, " trials"]
) -> Iterator[Float[ndarray, "stimuli repeats channels times"]]:
    """The trials of some stimuli at a time that have as many of them."""
    counts = np.bincount(stimulus_of)
    order = np.argsort(stimulus_of, kind="stable")
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts[counts > 0]).tolist():
        places = order[starts[counts == count][:, None] + np.arange(count)]
        step = max(1, MOST_NUMBERS // (count * trials[0].size))
        for start in range(0, len(places), step):
            yield trials[places[start : start + step]]


def _shrinkage(
    apart: Float[ndarray, "covariances repeats channels"], variances: Float[ndarray, "covariances channels"]
) -> Float[ndarray, " covariances"]:
    """Ledoit & Wolf's share of the diagonal for each covariance of channels of unit variance, from Gram matrices.

    These are as large as there are repeats, far fewer than channels: |X'X| is |XX'|.
    """
    n, channels = apart.shape[1:]
    scaled = apart / np.sqrt(np.where(variances > 0, variances, 1))[:, None]
    gram = scaled @ scaled.transpose(0, 2, 1)
    lengths = np.diagonal(gram, axis1=1, axis2=2)
    squared = np.square(gram).sum(axis=(1, 2)) / n**2
    mean = lengths.sum(axis=1) / (n * channels)
    beta = (np.square(lengths).sum(axis=1) / n - squared) / (n * channels)
    delta = squared / channels - mean**2
    beta = np.minimum(beta, delta)
    return np.asarray(np.divide(beta, delta, out=np.zeros_like(beta), where=beta != 0))


def whitening(covariance: Float[ndarray, "channels channels"]) -> Float[ndarray, "channels channels"]:
    """Return the symmetric root of a covariance's inverse; a direction without variance is left out."""
    values, vectors = np.linalg.eigh(covariance)
    least = len(values) * np.finfo(values.dtype).eps * values[-1]
    roots = np.divide(1.0, np.sqrt(np.maximum(values, 0)), out=np.zeros_like(values), where=values > least)
    return np.asarray((vectors * roots) @ vectors.T)
