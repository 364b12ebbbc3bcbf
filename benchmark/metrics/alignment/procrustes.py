"""Angular similarity of shapes: how close two representations come under the best rotation, from Gram matrices."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.centring import centred_gram
from brainrank.benchmark.metrics.alignment.similarity import Similarity, undefined


def shape_similarity(
    first: Float[ndarray, "stimuli components"],
    second: Float[ndarray, "stimuli components2"],
    units: Int[ndarray, " stimuli"],
) -> Similarity:
    """Return 1 - theta / (pi / 2), theta = arccos of max <A Q, B> / (|A| |B|) over orthogonal Q, A and B as of `root`.

    The maximum is the nuclear norm |A'B|, whatever features had these Gram matrices. 1 is the same shape but for
    rotation, reflection and size. Unrelated representations are above 0: n stimuli in many more dimensions are alike
    from any side. To first order a stimulus moves the nuclear norm by a'Qb, Q the best rotation, and squared lengths by
    its own; units are sums. NaN where a representation is the same for all stimuli. References: Schönemann (1966);
    Williams, Kunz, Kornblith & Linderman (2021).
    """
    own, other = (first**2).sum(axis=1), (second**2).sum(axis=1)
    scale = np.sqrt(own.sum() * other.sum())
    if not scale > 0:
        return undefined(int(units.max()) + 1)
    left, singular, right = np.linalg.svd(first.T @ second, full_matrices=False)
    cosine = min(float(singular.sum() / scale), 1.0)
    along = ((first @ left) * (second @ right.T)).sum(axis=1)
    moved = along / scale - cosine / 2 * (own / own.sum() + other / other.sum())
    slope = 2 / np.pi / np.sqrt(1 - cosine**2) if cosine < 1 else 0.0
    return Similarity(1 - float(np.arccos(cosine)) * 2 / np.pi, np.bincount(units, weights=slope * moved))


def root(gram: Float[ndarray, "stimuli stimuli"]) -> Float[ndarray, "stimuli components"]:
    """Return A with A A' = H K H, the Gram matrix centred.

    Eigenvalues within the rounding of the Gram matrix before centring are zero: their square roots would not be
    (1e-16 becomes 1e-8).
    """
    eigenvalues, eigenvectors = np.linalg.eigh(centred_gram(gram))
    rounding = 8 * len(gram) * np.finfo(np.float64).eps * float(np.trace(gram))
    large = eigenvalues > rounding
    return np.asarray(eigenvectors[:, large] * np.sqrt(eigenvalues[large]))
