"""RDMs of subjects as they might have come out, were a model's RDM what all of them have in common, or a part of it.

What a subject has of its own is taken from the data: its RDM less the mean of the others', with the stimuli in another
order. So it goes with no model, and pairs that share a stimulus still go together as they do in what was measured,
which independent noise on pairs would not have. How much of it there is, is set so that the lower noise ceiling is that
of the data: pairs of subjects then agree as measured, by whatever made them differ. What subjects have in common beside
the model is the mean of their RDMs, its stimuli in another order, the same for all subjects of a world.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.noise_ceiling import normalised
from brainrank.benchmark.types.condensed import pairs_among, stimuli_of_pairs
from brainrank.benchmark.types.errors import InvalidDataError

STEPS = 5
"""Of the search for how much noise there is: the last is a hundredth of the ceiling or less."""
SIMULATED = (Comparator.RHO_A, Comparator.SPEARMAN, Comparator.CORR)
"""The comparators that are one product of what RDMs are made into, whatever was added to them."""


def standard_scores(rdms: Float[ndarray, "rdms pairs"], comparator: Comparator) -> Float[ndarray, "rdms pairs"]:
    """RDMs, or their midranks where those are compared, less their mean and over their standard deviation.

    Raises InvalidDataError for a comparator that is not simulated.
    """
    if comparator not in SIMULATED:
        raise InvalidDataError(
            f"RDMs compared by {comparator} are not simulated; choose a benchmark of {', '.join(SIMULATED)}"
        )
    values = normalised(rdms, comparator)
    values = values - values.mean(axis=1, keepdims=True)
    return np.asarray(values / values.std(axis=1, keepdims=True))


def own_parts(rdms: Float[ndarray, "subjects pairs"], comparator: Comparator) -> Float[ndarray, "subjects pairs"]:
    """What each subject's RDM has beside the mean of the others', in standard scores."""
    scores = standard_scores(rdms, comparator)
    own = scores - (scores.sum(axis=0) - scores) / (len(scores) - 1)
    own -= own.mean(axis=1, keepdims=True)
    return np.asarray(own / own.std(axis=1, keepdims=True))


def drawn_noise(
    own: Float[ndarray, "subjects pairs"], *, worlds: int, rng: np.random.Generator
) -> Float32[ndarray, "worlds subjects pairs"]:
    """For each subject of each world, the own part of any, its stimuli in a random order."""
    n = stimuli_of_pairs(own.shape[1])
    own = own.astype(np.float32)
    noise = np.empty((worlds, *own.shape), dtype=np.float32)
    for world in noise:
        for subject in world:
            subject[:] = own[rng.integers(len(own))][pairs_among(rng.permutation(n), n)]
    return noise


def drawn_common(
    rdms: Float[ndarray, "subjects pairs"], comparator: Comparator, *, worlds: int, rng: np.random.Generator
) -> Float32[ndarray, "worlds 1 pairs"]:
    """For each world, what subjects have in common beside a model: their mean RDM, its stimuli in a random order."""
    mean = standard_scores(rdms, comparator).mean(axis=0, keepdims=True)
    return drawn_noise(standard_scores(mean, comparator), worlds=worlds, rng=rng)


def mixed(
    signal: Float[ndarray, "*any pairs"], noise: Float32[ndarray, "*more pairs"], share: float
) -> Float32[ndarray, "*more pairs"]:
    """A mixture of two standard scores: of its variance, the noise's is this `share`."""
    return np.asarray(np.float32(np.sqrt(1 - share)) * signal.astype(np.float32) + np.float32(np.sqrt(share)) * noise)


def noise_share(ceiling: Callable[[float], float], measured: float) -> float:
    """The share of noise at which a ceiling, which falls with it, is the measured one; 1 where that is below all noise.

    By the Illinois method (Dowell & Jarratt 1971) between no noise and nothing but noise.
    """
    low, high = 0.0, 1.0
    above, below = 1.0 - measured, ceiling(1.0) - measured
    if below >= 0:
        return 1.0
    share, side = 1.0, 0
    for _ in range(STEPS):
        share = (above * high - below * low) / (above - below)
        reached = ceiling(share) - measured
        if reached > 0:
            low, above, below, side = share, reached, below / 2 if side == 1 else below, 1
        else:
            high, below, above, side = share, reached, above / 2 if side == -1 else above, -1
    return float(share)
