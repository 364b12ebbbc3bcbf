"""Another brain scored as a model is: a measured RDM as a layer whose RDM has the same order.

The standard for a model is a brain of the same kind: what another species, other people or another area score on a
benchmark says how far a model is from being told from them (Feather, Khosla, Murty & Nayebi 2025, Brain-model
evaluations need the NeuroAI Turing test).
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.condensed import square_rdm


def layer_of_rdms(name: str, rdms: Float[ndarray, "subjects pairs"]) -> LayerGram:
    """Return a layer whose correlation distances rise with the mean of these RDMs, for comparators of ranks.

    With D the mean, R = 1 - a D is a matrix of correlations for a small enough a, at most 1 / max D: its factor Z has
    unit rows, and so have features (Z, -Z) / sqrt(2), whose rows have the mean 0, so that their correlation distances
    are a D.
    """
    distances = square_rdm(rdms.mean(axis=0, dtype=np.float64))
    correlations = 1 - distances / distances.max()
    np.fill_diagonal(correlations, 1.0)
    lowest = float(np.linalg.eigvalsh(correlations)[0])
    if lowest < 0:  # towards the identity, which moves all distances alike and keeps their order
        correlations = (correlations - lowest * np.eye(len(correlations))) / (1 - lowest)
    eigenvalues, vectors = np.linalg.eigh(correlations)
    factor = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    return layer_gram(name, np.hstack([factor, -factor]) / np.sqrt(2))
