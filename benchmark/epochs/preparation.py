"""What is done to epochs before stimuli are compared: baseline correction, sliding mean, decimation."""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.epochs.settings import DecodingSettings
from brainrank.benchmark.types.errors import InvalidDataError

ROUNDING_MS = 1e-6
"""Times of a file in seconds are not quite what they are in milliseconds."""


class Prepared(NamedTuple):
    """Trials at the times that are kept, and the places of those of the baseline among them."""

    trials: Float[ndarray, "trials channels times"]
    times_ms: Float[ndarray, " times"]
    baseline: Int[ndarray, " some"]


def prepared(
    trials: Float[ndarray, "trials channels times"], times_ms: Float[ndarray, " times"], settings: DecodingSettings
) -> Prepared:
    """Take the mean of the baseline off each trial and channel, average over time, and keep each so many-th time.

    Raises InvalidDataError where no time lies in the baseline.
    """
    if settings.baseline_ms is not None:
        inside = times_within(times_ms, *settings.baseline_ms)
        trials = trials - trials[..., inside].mean(axis=-1, keepdims=True)
    kept = np.arange(0, len(times_ms), settings.decimate)
    if settings.sliding_mean_ms is not None:
        trials = sliding_mean(trials, times_ms, width_ms=settings.sliding_mean_ms, kept=kept)
    else:
        trials = trials[..., kept]
    left = times_ms[kept]
    baseline = np.arange(0) if settings.baseline_ms is None else times_within(left, *settings.baseline_ms)
    return Prepared(trials, left, baseline)


def times_within(times_ms: Float[ndarray, " times"], start_ms: float, stop_ms: float) -> Int[ndarray, " some"]:
    """The places of the times of a baseline, both ends included. Raises InvalidDataError where there is none."""
    inside = np.flatnonzero((times_ms >= start_ms - ROUNDING_MS) & (times_ms <= stop_ms + ROUNDING_MS))
    if not inside.size:
        raise InvalidDataError(
            f"no time lies in the baseline, {start_ms:g} to {stop_ms:g} ms; the times are {times_ms[0]:g} to "
            f"{times_ms[-1]:g} ms, {len(times_ms)} of them: give a baseline among them"
        )
    return inside


def sliding_mean(
    trials: Float[ndarray, "trials channels times"],
    times_ms: Float[ndarray, " times"],
    *,
    width_ms: float,
    kept: Int[ndarray, " kept"],
) -> Float[ndarray, "trials channels kept"]:
    """At each kept time the mean of the samples at most half the width away: fewer of them at both ends.

    It moves what begins at a time forward by up to half the width, and no further.
    """
    apart = np.abs(times_ms[:, None] - times_ms[kept])
    near = apart <= width_ms / 2 + ROUNDING_MS
    weights = scipy.sparse.csr_array(near / near.sum(axis=0))
    rows = trials.reshape(-1, len(times_ms))
    averaged = np.asarray((weights.T @ rows.T).T, dtype=trials.dtype)
    return np.ascontiguousarray(averaged).reshape(*trials.shape[:2], len(kept))
