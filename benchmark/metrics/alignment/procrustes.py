"""Procrustes distances between representations: what is left after the best rotation, from their Gram matrices."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.cka import centred_gram, varies
from brainrank.benchmark.types.errors import InvalidDataError


class Procrustes(NamedTuple):
    """Distance in the features' units and angle in radians (0 to pi/2); `reason` says why an angle is NaN."""

    distance: float
    angle: float
    reason: str = ""


def procrustes(first: Float[ndarray, "stimuli stimuli"], second: Float[ndarray, "stimuli stimuli"]) -> Procrustes:
    """Return min over orthogonal Q of |X Q - Y|, and arccos of max <X Q, Y> / (|X| |Y|), both of centred features.

    With K = A A' and L = B B' the maximum of <X Q, Y> is the nuclear norm |A'B|, equal to |X'Y|. The features may
    differ in number (the fewer are filled up with zeros). The angle is NaN with a reason when either representation is
    the same for all stimuli. Raises InvalidDataError for Gram matrices of fewer than two stimuli or not finite.
    References: Schönemann (1966); Williams, Kunz, Kornblith & Linderman (2021) for the angle.
    """
    for gram in (first, second):
        if len(gram) < 2 or not np.isfinite(gram).all():
            raise InvalidDataError(f"A Gram matrix of shape {gram.shape} must be finite and of at least 2 stimuli")
    k, l_ = centred_gram(first), centred_gram(second)
    nuclear = float(np.linalg.svd(_root(k, first).T @ _root(l_, second), compute_uv=False).sum())
    squared = float(np.trace(k)), float(np.trace(l_))
    distance = float(np.sqrt(max(squared[0] + squared[1] - 2 * nuclear, 0.0)))
    for name, gram, centred in (("first", first, k), ("second", second, l_)):
        if not varies(gram, centred):
            return Procrustes(distance, float("nan"), f"the {name} representation is the same for all stimuli")
    cosine = nuclear / np.sqrt(squared[0] * squared[1])
    return Procrustes(distance, float(np.arccos(min(cosine, 1.0))))


def _root(
    centred: Float[ndarray, "stimuli stimuli"], gram: Float[ndarray, "stimuli stimuli"]
) -> Float[ndarray, "stimuli components"]:
    """Return A with A A' = centred.

    Eigenvalues within the rounding of the Gram matrix before centring are zero: their square roots would not be
    (1e-16 becomes 1e-8).
    """
    eigenvalues, eigenvectors = np.linalg.eigh(centred)
    rounding = 8 * len(gram) * np.finfo(np.float64).eps * float(np.trace(gram))
    return np.asarray(eigenvectors * np.sqrt(np.where(eigenvalues > rounding, eigenvalues, 0)))
