"""Two halves of people's labels, and the best guess of one from the other: what people's answers allow."""

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

SEARCHED = (1e-4, 1e4)  # concentrations: from answers that all agree to answers drawn at random


class Halves(NamedTuple):
    """Counts of the labels that each half of the people gave."""

    first: Int[ndarray, "stimuli categories"]
    second: Int[ndarray, "stimuli categories"]


def split_halves(counts: Int[ndarray, "stimuli categories"], *, rng: np.random.Generator) -> Halves:
    """Split each image's answers at random into two halves; of an odd number the second has one more.

    Drawn without replacement, category by category: the multivariate hypergeometric distribution.
    """
    first = np.zeros_like(counts)
    missing, rest = counts.sum(axis=1) // 2, counts.sum(axis=1)
    for category in range(counts.shape[1]):
        rest = rest - counts[:, category]
        first[:, category] = rng.hypergeometric(counts[:, category], rest, missing)
        missing = missing - first[:, category]
    return Halves(first, counts - first)


def concentration(counts: Int[ndarray, "stimuli categories"]) -> float:
    """The concentration a of the symmetric Dirichlet prior under which these counts are most likely.

    log L(a) = sum over images of log G(a) - log G(a + n) + sum over K categories of log G(n_k + a/K) - log G(a/K).
    Reference: Minka (2000), Estimating a Dirichlet distribution.
    """
    n_images, k = counts.shape
    total = counts.sum(axis=1)
    answered = counts[counts > 0]  # a category without answers adds log G(a/K) - log G(a/K) = 0

    def loss(log_a: float) -> float:
        a = float(np.exp(log_a))
        of_answers = (scipy.special.gammaln(answered + a / k) - scipy.special.gammaln(a / k)).sum()
        return -float(n_images * scipy.special.gammaln(a) - scipy.special.gammaln(a + total).sum() + of_answers)

    low, high = np.log(SEARCHED)
    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=(low, high), method="bounded").x))


def expected_shares(counts: Int[ndarray, "stimuli categories"]) -> Float[ndarray, "stimuli categories"]:
    """What these people's counts lead one to expect of others: (n_k + a/K) / (n + a), a their `concentration`.

    Shares themselves would give probability 0, and an infinite cross-entropy, to an answer that only the others gave.
    """
    a = concentration(counts)
    return np.asarray((counts + a / counts.shape[1]) / (counts.sum(axis=1, keepdims=True) + a))
