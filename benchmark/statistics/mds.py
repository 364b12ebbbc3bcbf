"""Classical multidimensional scaling (Torgerson 1952): things as points in a plane, by their distances."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits


class Arrangement(NamedTuple):
    """A point in the plane for each thing, and the share of the variance of all that the plane holds."""

    points: NDArray[np.float64]
    share: float


def arrangement(squared: NDArray[np.floating]) -> Arrangement:
    """Arrange things by their squared distances, a symmetric matrix.

    B = -1/2 H D H with the centring H; points = eigenvectors of the two greatest eigenvalues times their roots. The
    share is the sum of these two over the sum of all that are positive.
    """
    rows = squared.mean(axis=1, keepdims=True)
    # One thread: on a busy machine those of OpenBLAS wait for each other longer than all of this takes.
    with threadpool_limits(limits=1):
        values, vectors = np.linalg.eigh(-(squared - rows - rows.T + squared.mean()) / 2)
    kept = np.clip(values[:-3:-1], 0, None)
    points = vectors[:, :-3:-1] * np.sqrt(kept)
    return Arrangement(points, float(kept.sum() / max(np.clip(values, 0, None).sum(), np.finfo(float).tiny)))


def turned_onto(points: NDArray[np.float64], onto: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points rotated, mirrored and scaled to lie as near to others as they can (orthogonal Procrustes)."""
    u, s, vt = np.linalg.svd(points.T @ onto)
    return np.asarray(points @ u @ vt * s.sum() / max((points**2).sum(), np.finfo(float).tiny))
