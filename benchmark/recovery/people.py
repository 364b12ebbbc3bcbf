"""People who err where a model errs: how likely each is right where the model is right, and where it is wrong.

Where a model is right with chance a and a person with chance p, the person is right with chance p + (1 - a) d where the
model is, and p - a d where it is not. Two people who take after the model in this way, and in nothing else, agree by
kappa = a (1 - a) d^2 / (p (1 - p)) where both are as accurate; d is what makes kappa the measured one. Where that would
ask for chances beyond 0 and 1 (a model much worse than people cannot be why they agree as much as they do), d is the
largest there can be, and people agree besides by stimuli that are easy or hard for all of them, whatever the model: a
normal deviate u for each stimulus, Phi((z - sqrt(r) u) / sqrt(1 - r)), with r such that kappa is the measured one. So
they do, too, where the model is to agree with people as much as it does in the data, by kappa = 2 a (1 - a) d / (a (1 -
p) + p (1 - a)).
"""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float
from numpy import ndarray

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
STEPS = 40
MOST_SHARED = 0.999
ROUNDING = 1e-12


class Chances(NamedTuple):
    """Each person's chance to be right where the model is wrong (first row) and right; what people share besides."""

    right: Float[ndarray, "2 people"]
    shared: float


def chances(
    model: Bool[ndarray, " stimuli"],
    accuracies: Float[ndarray, " people"],
    kappa: float,
    with_model: float | None = None,
) -> Chances:
    """The chances of people of these accuracies who agree by kappa, as far as they can by what the model gets right.

    Given the kappa `with_model`, by no more than that.
    """
    a, p = float(model.mean()), float(accuracies.mean())
    spread = a * (1 - a)
    agreement = max(kappa, 0.0) * _of_pairs(np.add.outer(accuracies, accuracies) / 2 - np.outer(accuracies, accuracies))
    wanted = np.sqrt(agreement / spread) if spread > 0 else 0.0
    if with_model is not None and spread > 0:
        wanted = min(wanted, max(with_model, 0.0) * (a * (1 - p) + p * (1 - a)) / (2 * spread))
    most = np.minimum(
        (1 - accuracies) / (1 - a) if a < 1 else np.inf,
        accuracies / a if a > 0 else np.inf,
    )
    apart = np.minimum(wanted, most)
    right = np.clip(np.stack([accuracies - a * apart, accuracies + (1 - a) * apart]), 0.0, 1.0)
    left = agreement - spread * _of_pairs(np.outer(apart, apart))
    return Chances(right, _shared(right, np.array([1 - a, a]), left))


def is_right(
    found: Chances, model: Bool[ndarray, " stimuli"], *, worlds: int, rng: np.random.Generator
) -> Bool[ndarray, "worlds people stimuli"]:
    """Who is right on which stimulus, in each world."""
    right = found.right[model.astype(np.int64)].T
    chance = rng.random((worlds, right.shape[0], len(model)), dtype=np.float32)
    if found.shared == 0:
        return np.asarray(chance < right)
    easy = rng.standard_normal((worlds, 1, len(model)), dtype=np.float32)
    z = scipy.special.ndtri(right).astype(np.float32)
    bound = (z - np.float32(np.sqrt(found.shared)) * easy) / np.float32(np.sqrt(1 - found.shared))
    return np.asarray(chance < scipy.special.ndtr(bound))


def _shared(right: Float[ndarray, "2 people"], weights: Float[ndarray, "2"], covariance: float) -> float:
    """The r at which two people's answers to a stimulus covary by this much beside the model, by bisection."""
    if covariance <= ROUNDING:
        return 0.0
    z = scipy.special.ndtri(right)
    low, high = 0.0, MOST_SHARED
    for _ in range(STEPS):
        middle = (low + high) / 2
        chance = scipy.special.ndtr((z[:, :, None] - np.sqrt(middle) * NODES) / np.sqrt(1 - middle))
        reached = [_of_pairs((each * WEIGHTS) @ each.T - np.outer(q, q)) for each, q in zip(chance, right, strict=True)]
        low, high = (middle, high) if weights @ reached < covariance else (low, middle)
    return (low + high) / 2


def _of_pairs(values: Float[ndarray, "people people"]) -> float:
    """The mean over pairs of two people."""
    return float(values[~np.eye(len(values), dtype=bool)].mean())
