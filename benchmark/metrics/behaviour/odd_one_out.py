"""Choosing the odd one of three: the pair that is most alike stays, by how alike stimuli are for a model."""

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

TEMPERATURES = np.logspace(-3, 3, 61)


def pair_similarities(
    similarity: Float[ndarray, "stimuli stimuli"], triplets: Int[ndarray, "judgements three"]
) -> Float[ndarray, "judgements three"]:
    """How alike the pairs of each triplet are: the one that people left first, then the two with the odd one."""
    first, second, odd = triplets.T
    return np.stack([similarity[first, second], similarity[first, odd], similarity[second, odd]], axis=1)


def right_choices(pairs: Float[ndarray, "judgements three"]) -> Float[ndarray, " judgements"]:
    """1 where the pair that people left is the most alike, 0 where it is not; of k equals that are, 1 / k."""
    most = pairs.max(axis=1, keepdims=True)
    best: Bool[ndarray, "judgements three"] = pairs == most
    return np.asarray(best[:, 0] / best.sum(axis=1))


def choice_probabilities(
    pairs: Float[ndarray, "judgements three"], temperature: float
) -> Float[ndarray, " judgements"]:
    """exp(s / T) of the pair that people left over the sum of the three pairs' (Hebart et al. 2020)."""
    logits = (pairs - pairs.max(axis=1, keepdims=True)) / temperature
    likely = np.exp(logits)
    return np.asarray(likely[:, 0] / likely.sum(axis=1))


def best_temperature(pairs: Float[ndarray, "judgements three"]) -> float:
    """The temperature under which people's choices are likeliest, of sixty-one about the spread of the pairs."""
    scale = float((pairs - pairs.mean(axis=1, keepdims=True)).std())
    if not scale > 0:
        return 1.0
    tried = TEMPERATURES * scale
    with np.errstate(divide="ignore"):
        likelihoods = [float(np.log(choice_probabilities(pairs, each)).sum()) for each in tried]
    return float(tried[int(np.argmax(likelihoods))])


def same_triplet(triplets: Int[ndarray, "judgements three"]) -> Int[ndarray, " judgements"]:
    """The number of the set of three stimuli that each judgement is of."""
    first, second, third = np.sort(triplets.astype(np.int64), axis=1).T
    n = int(triplets.max(initial=0)) + 1
    # One number for each set: to sort rows takes ten times as long.
    return np.asarray(np.unique((first * n + second) * n + third, return_inverse=True)[1])
