"""A planned study as it may come out, were one of the models true: scored, and compared as any two models are.

Each model has one layer, so that nothing is chosen on halves: all images are compared. What images contribute to the
variance of a difference (`statistics.uncertainty`) is had from their influences in some of the worlds, split into what
subjects share and what each has of its own, so that it is known for any number of subjects. Subjects are added to
worlds that are there: a study of more subjects has those of the smaller one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from brainrank.benchmark.design.measured_noise import MeasuredNoise
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.recovery.compared_rdms import layer_factors, standard_ranks
from brainrank.benchmark.recovery.rdm_noise import mixed
from brainrank.benchmark.types.condensed import stimuli_of_pairs

DRAWN_WORLDS = 40
"""Of whose images the influences are taken: of fewer, V would be told with an error that power is seen to have."""
SUBJECTS_AT_ONCE = 4
BYTES_AT_ONCE = 2**25


@dataclass(frozen=True)
class ImageSet:
    """The images of a planned study: the models' RDMs, and as signals on the scale of the noise."""

    rdms: Float[ndarray, "models pairs"]
    signals: Float[ndarray, "models pairs"]

    @property
    def images(self) -> int:
        """How many there are."""
        return stimuli_of_pairs(self.rdms.shape[1])


class OfImages(NamedTuple):
    """What images contribute to the variance of the true model's difference from each model, in V's terms: by
    themselves, and with subjects together."""

    stimuli: Float[ndarray, " models"]
    both: Float[ndarray, " models"]


class StudyWorlds:
    """Worlds of one truth, on one set of images or divided evenly over several; `explained` is how much it explains.

    Subjects come in blocks, each of whose chance is of its own, so that worlds are the same whoever asks first.
    """

    def __init__(
        self,
        noise: MeasuredNoise,
        sets: Sequence[ImageSet],
        truth: int,
        explained: float,
        *,
        worlds: int,
        seed: Sequence[int],
    ) -> None:
        self.truth = truth
        self.images = sets[0].images
        self._noise, self._sets, self._explained = noise, sets, explained
        self._worlds = [len(each) for each in np.array_split(np.arange(worlds), len(sets))]
        self._seed = [*seed, truth]
        self._similarity = np.empty((worlds, len(sets[0].rdms), 0), dtype=np.float32)
        self._factors = [layer_factors(each.rdms, noise.comparator) for each in sets]

    def scores(self, subjects: int) -> Float[ndarray, "worlds models subjects"]:
        """All models' scores by the first so many subjects."""
        while self._similarity.shape[2] < subjects:
            block = self._similarity.shape[2] // SUBJECTS_AT_ONCE
            added = np.concatenate([self._scored(number, block) for number in range(len(self._sets))])
            self._similarity = np.concatenate([self._similarity, added], axis=2)
        return np.asarray(self._similarity[:, :, :subjects], dtype=np.float64)

    def of_images(self, subjects: int) -> OfImages:
        """N / (n - 1) times the sum over n images of squared influences of the mean over so many subjects.

        That is what all of them share, and a subject's own over their number, which is of both together.
        """
        shared, own = self._influences
        factor = self.images / (self.images - 1)
        return OfImages(factor * (shared + own / subjects), factor * own / subjects)

    @cached_property
    def _influences(self) -> tuple[Float[ndarray, " models"], Float[ndarray, " models"]]:
        """Sums over images of squared influences, mean of some worlds: what all subjects share, and a subject's own."""
        shared, own = [], []
        each_set = max(1, DRAWN_WORLDS // len(self._sets))
        for number, images in enumerate(self._sets):
            for rdms in self._rdms(number, 0, min(each_set, self._worlds[number]), 0):
                measured, units = np.asarray(rdms, dtype=np.float64), np.arange(images.images)
                found = similarity_influence(images.rdms, measured, units, self._noise.comparator).influence
                apart = found[self.truth] - found
                apart -= apart.mean(axis=2, keepdims=True)
                mean = apart.mean(axis=1, keepdims=True)
                of_subject = ((apart - mean) ** 2).sum(axis=(1, 2)) / (len(rdms) - 1)
                own.append(of_subject)
                shared.append((mean**2).sum(axis=(1, 2)) - of_subject / len(rdms))
        return np.maximum(np.mean(shared, axis=0), 0.0), np.mean(own, axis=0)

    def _scored(self, number: int, block: int) -> Float32[ndarray, "worlds models subjects"]:
        found, factors = [], self._factors[number]
        at_once = max(DRAWN_WORLDS, BYTES_AT_ONCE // (4 * SUBJECTS_AT_ONCE * factors.shape[1]))
        for start in range(0, self._worlds[number], at_once):
            worlds = min(at_once, self._worlds[number] - start)
            rdms = self._rdms(number, start, worlds, block)
            ranked = standard_ranks(rdms.reshape(worlds * SUBJECTS_AT_ONCE, -1), self._noise.comparator)
            found.append((factors @ ranked.T).reshape(-1, worlds, SUBJECTS_AT_ONCE).swapaxes(0, 1))
        return np.concatenate(found)

    def _rdms(self, number: int, start: int, worlds: int, block: int) -> Float32[ndarray, "worlds subjects pairs"]:
        images = self._sets[number]
        seed = [*self._seed, number, start]
        common = self._noise.common.drawn(images.images, count=worlds, rng=np.random.default_rng([*seed, 0]))
        shared = mixed(images.signals[self.truth], common, 1 - self._explained**2)
        rng = np.random.default_rng([*seed, 1 + block])
        own = self._noise.drawn(images.images, count=worlds * SUBJECTS_AT_ONCE, rng=rng)
        return mixed(shared[:, None], own.reshape(worlds, SUBJECTS_AT_ONCE, -1), self._noise.share)
