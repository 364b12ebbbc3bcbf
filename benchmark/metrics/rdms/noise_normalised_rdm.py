"""The RDM that weighs channels by their noise, crossnobis, computed by rsatoolbox.

rsatoolbox is imported when it is called: it takes seconds, and few analyses need it.
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError


def crossnobis_rdm(
    patterns: Float[ndarray, "folds stimuli channels"], noise_precision: Float[ndarray, "rows columns"]
) -> Float[ndarray, " pairs"]:
    """Return cross-validated Mahalanobis distances: mean over folds f of (d_rest' P d_f) / channels.

    d_f is a pair's difference in fold f, d_rest that of the mean of the other folds. Unbiased by noise that is
    independent between folds: it may be negative, and is 0 on average where two stimuli do not differ. Raises
    InvalidDataError for fewer than 2 folds. References: Walther et al. (2016); Diedrichsen et al. (2020).
    """
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm

    n_folds, n_stimuli, n_channels = patterns.shape
    if n_folds < 2:
        raise InvalidDataError(f"crossnobis of {n_folds} fold; it needs at least 2 independent folds of each stimulus")
    rows = patterns.reshape(n_folds * n_stimuli, n_channels).astype(np.float64)
    _require_fit(rows, noise_precision)
    # As floats: rsatoolbox fills arrays of the same type with NaN.
    descriptors = {
        "fold": np.repeat(np.arange(n_folds, dtype=np.float64), n_stimuli),
        "stimulus": np.tile(np.arange(n_stimuli, dtype=np.float64), n_folds),
    }
    dataset = Dataset(rows, obs_descriptors=descriptors)
    rdm = calc_rdm(dataset, method="crossnobis", descriptor="stimulus", cv_descriptor="fold", noise=noise_precision)
    return np.asarray(rdm.get_vectors()[0])


def _require_fit(patterns: Float[ndarray, "rows channels"], precision: Float[ndarray, "rows2 columns2"]) -> None:
    channels = patterns.shape[1]
    if precision.shape != (channels, channels):
        raise InvalidDataError(
            f"A noise precision of shape {precision.shape} for {channels} channels; it must be square"
        )
    if not (np.isfinite(patterns).all() and np.isfinite(precision).all()):
        raise InvalidDataError("Patterns or noise precision hold NaN or infinite values; remove or fill them")
