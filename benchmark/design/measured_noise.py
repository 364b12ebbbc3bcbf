"""How much subjects of a study differ, and what they share beside a model: what a planned study is simulated with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from brainrank.benchmark.design.exchangeable_noise import ExchangeableNoise, exchangeable_noise
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling
from brainrank.benchmark.recovery.compared_rdms import layer_factors, standard_ranks
from brainrank.benchmark.recovery.rdm_noise import mixed, noise_share, own_parts, standard_scores
from brainrank.benchmark.types.condensed import stimuli_of_pairs

CEILING_WORLDS = 24
EXPLAINED_WORLDS = 100


@dataclass(frozen=True)
class MeasuredNoise:
    """What each subject has of its own, what all share beside a model, and the share of noise in a subject's RDM.

    `ceiling` is the lower noise ceiling on all images of the study, which worlds with this noise have too.
    """

    comparator: Comparator
    own: tuple[ExchangeableNoise, ...]
    common: ExchangeableNoise
    share: float
    ceiling: float
    images: int

    @property
    def subjects(self) -> int:
        """The subjects it was measured in."""
        return len(self.own)

    def drawn(self, images: int, *, count: int, rng: np.random.Generator) -> Float32[ndarray, "count pairs"]:
        """The own parts of so many subjects, each like that of any who was measured."""
        who = rng.integers(len(self.own), size=count)
        found = np.empty((count, images * (images - 1) // 2), dtype=np.float32)
        for number, each in enumerate(self.own):
            found[who == number] = each.drawn(images, count=int((who == number).sum()), rng=rng)
        return found

    def of_images(self, explained: float, subjects: int) -> float:
        """How much an image adds to all of its pairs, over what is a pair's: in the mean of so many subjects' RDMs, of
        which a model explains this much (a correlation)."""
        of_common, of_own = (1 - self.share) * (1 - explained**2), self.share / subjects
        added = of_common * self.common.parts.of_images + of_own * float(
            np.mean([each.parts.of_images for each in self.own])
        )
        beside = of_common * self.common.parts.beside_images
        beside += of_own * float(np.mean([each.parts.beside_images for each in self.own]))
        return added / beside if beside > 0 else 0.0


def measured_noise(
    rdms: Float[ndarray, "subjects pairs"],
    signals: Float[ndarray, "models pairs"],
    comparator: Comparator,
    *,
    rng: np.random.Generator,
) -> MeasuredNoise:
    """The noise of measured RDMs; its share is that at which subjects of whom all share one of these models' RDMs, in
    standard scores, have the measured noise ceiling.

    Raises InvalidDataError for a comparator that is not simulated, and fewer images than five.
    """
    ceiling = noise_ceiling(rdms, comparator).lower
    own = tuple(exchangeable_noise(each, rng=rng) for each in own_parts(rdms, comparator))
    mean = standard_scores(rdms, comparator).mean(axis=0, keepdims=True)
    common = exchangeable_noise(standard_scores(mean, comparator)[0], rng=rng)
    images = stimuli_of_pairs(rdms.shape[1])
    found = MeasuredNoise(comparator, own, common, 1.0, ceiling, images)
    noise = found.drawn(images, count=CEILING_WORLDS * len(rdms), rng=rng).reshape(CEILING_WORLDS, len(rdms), -1)

    def simulated(share: float) -> float:
        worlds = (mixed(signals[world % len(signals)], each, share) for world, each in enumerate(noise))
        return float(np.mean([noise_ceiling(np.asarray(each, np.float64), comparator).lower for each in worlds]))

    return MeasuredNoise(comparator, own, common, noise_share(simulated, ceiling), ceiling, images)


def explained(
    noise: MeasuredNoise, rdms: Float[ndarray, "models pairs"], measured: Sequence[float], *, rng: np.random.Generator
) -> Float[ndarray, " models"]:
    """How much each model explains of what subjects share, so that it scores in its worlds what it was measured to.

    On the measured images. By the ratio to its score where it explains all, and once more by what that misses, as in
    `recovery.rsa_worlds`; 0 for a model that scores nothing.
    """
    images, comparator = noise.images, noise.comparator
    own = noise.drawn(images, count=EXPLAINED_WORLDS, rng=rng)
    common = noise.common.drawn(images, count=EXPLAINED_WORLDS, rng=rng)
    found = []
    for rdm, value in zip(rdms, measured, strict=True):
        signal, factor = standard_scores(rdm[None], comparator)[0], layer_factors(rdm[None], comparator)

        def score(share: float, signal: ndarray = signal, factor: ndarray = factor) -> float:
            worlds = mixed(mixed(signal, common, 1 - share**2), own, noise.share)
            return float((factor @ standard_ranks(worlds, comparator).T).mean())

        whole = score(1.0)
        if noise.share == 1 or whole <= 0:  # nothing but noise was measured
            found.append(0.0)
            continue
        share = float(np.clip(value / whole, 0.0, 1.0))
        found.append(float(np.clip(share + (value - score(share)) / whole, 0.0, 1.0)))
    return np.array(found)
