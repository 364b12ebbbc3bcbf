"""How far apart a layer has the two sides of each contrast, cross-validated over what is not contrasted."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.errors import InvalidDataError


def contrast_distances(
    layer: LayerGram, sides: Int[ndarray, "contrasts stimuli"], contexts: Int[ndarray, "contrasts stimuli"]
) -> Float[ndarray, " contrasts"]:
    """Return the cross-validated squared distance between the sides of each contrast, over the number of features.

    In each context c of K the sides differ by d_c, the mean of the one less that of the other. The distance is the mean
    of d_c . d_c' over pairs of different contexts, (|sum_c d_c|^2 - sum_c |d_c|^2) / (K (K - 1)): what is common to the
    contexts counts, what differs between them does not, and two sides that differ in no common way are 0 apart on
    average, or less. With a context for each pair of runs it is the crossvalidated distance of Walther et al. (2016).
    Raises InvalidDataError for a contrast with fewer than two contexts, or a context with one side only.
    """
    return np.array([_distance(layer, *each) for each in zip(sides, contexts, strict=True)])


def _distance(layer: LayerGram, sides: Int[ndarray, " stimuli"], contexts: Int[ndarray, " stimuli"]) -> float:
    stimuli = np.flatnonzero(sides)
    names, context = np.unique(contexts[stimuli], return_inverse=True)
    n_contexts = len(names)
    weights = np.zeros((n_contexts, len(stimuli)))
    for side in (1, -1):
        here = np.flatnonzero(sides[stimuli] == side)
        sizes = np.bincount(context[here], minlength=n_contexts)
        if not sizes.all() or n_contexts < 2:
            raise InvalidDataError(
                f"a contrast of {len(stimuli)} stimuli has {n_contexts} contexts, {int((sizes == 0).sum())} of them "
                "with one side only; give at least two contexts, each with stimuli of both sides"
            )
        weights[context[here], here] = side / sizes[context[here]]
    products = weights @ layer.gram[np.ix_(stimuli, stimuli)] @ weights.T
    own = float(np.trace(products))
    return (float(products.sum()) - own) / (n_contexts * (n_contexts - 1)) / layer.n_features
