"""RDMs made into what a comparator multiplies, so that one product compares all models with all simulated subjects."""

import numpy as np
import scipy
from jaxtyping import Float, Float32
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.recovery.rdm_noise import standard_scores


def layer_factors(rdms: Float[ndarray, "layers pairs"], comparator: Comparator) -> Float32[ndarray, "layers pairs"]:
    """Layers so that their product with standard scores of continuous RDMs is `compare`.

    rho-a takes ranks as they are, whose standard deviation is that of n numbers without ties; the others divide by it.
    """
    scores = standard_scores(rdms, comparator)
    if comparator is Comparator.RHO_A:
        ranks = scipy.stats.rankdata(rdms, axis=1)
        n = float(rdms.shape[1])
        scores *= ranks.std(axis=1, keepdims=True) / np.sqrt((n**2 - 1) / 12)
    return np.asarray(scores / rdms.shape[1], dtype=np.float32)


def standard_ranks(rdms: Float32[ndarray, "rdms pairs"], comparator: Comparator) -> Float32[ndarray, "rdms pairs"]:
    """Standard scores of RDMs in which no two dissimilarities are equal, so that one sort ranks them."""
    if comparator is Comparator.CORR:
        return np.asarray(standard_scores(rdms, comparator), dtype=np.float32)
    n = rdms.shape[1]
    scores = (np.arange(n) - (n - 1) / 2) / np.sqrt((float(n) ** 2 - 1) / 12)
    ranked = np.empty(rdms.shape, dtype=np.float32)
    np.put_along_axis(ranked, np.argsort(rdms, axis=1), scores.astype(np.float32)[None], axis=1)
    return ranked
