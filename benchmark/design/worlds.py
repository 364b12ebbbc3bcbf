"""A planned study as it may come out, were one of the models true: scored, and compared as any two models are.

Each model has one layer, so that nothing is chosen on halves: all images are compared. What subjects, and images,
contribute to the variance of a difference is taken as in `recovery.outcomes`. Subjects are added to worlds that are
there: a study of more subjects has those of the smaller one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from numpy import ndarray

from brainrank.benchmark.design.measured_noise import MeasuredNoise
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.recovery.compared_rdms import layer_factors, standard_ranks
from brainrank.benchmark.recovery.outcomes import SimulatedScores
from brainrank.benchmark.recovery.rdm_noise import mixed
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import deviations_of_subject_mean, set_name
from brainrank.benchmark.types.condensed import stimuli_of_pairs
from brainrank.benchmark.types.score import Draws

DRAWN_WORLDS = 3
DRAWS = 500
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
        self._noise, self._sets, self._truth, self._explained = noise, sets, truth, explained
        self._worlds = [len(each) for each in np.array_split(np.arange(worlds), len(sets))]
        self._seed = [*seed, truth]
        self._drawn = max(1, DRAWN_WORLDS // len(sets))
        models = len(sets[0].rdms)
        self._similarity = np.empty((worlds, models, 0), dtype=np.float32)
        self._influence = [np.empty((models, 0, each.images)) for each in sets for _ in range(self._drawn)]
        self._factors = [layer_factors(each.rdms, noise.comparator) for each in sets]

    def scores(self, subjects: int) -> SimulatedScores:
        """All models' scores by the first so many subjects, and how they deviate on draws of images and subjects."""
        while self._similarity.shape[2] < subjects:
            self._add_subjects()
        return SimulatedScores(np.asarray(self._similarity[:, :, :subjects], dtype=np.float64), self._draws(subjects))

    def _add_subjects(self) -> None:
        block = self._similarity.shape[2] // SUBJECTS_AT_ONCE
        found, influences = [], list[ndarray]()
        for number, (images, factors) in enumerate(zip(self._sets, self._factors, strict=True)):
            at_once = max(self._drawn, BYTES_AT_ONCE // (4 * SUBJECTS_AT_ONCE * images.rdms.shape[1]))
            for start in range(0, self._worlds[number], at_once):
                worlds = min(at_once, self._worlds[number] - start)
                rdms = self._rdms(number, start, worlds, block)
                ranked = standard_ranks(rdms.reshape(worlds * SUBJECTS_AT_ONCE, -1), self._noise.comparator)
                found.append((factors @ ranked.T).reshape(-1, worlds, SUBJECTS_AT_ONCE).swapaxes(0, 1))
                if start == 0:
                    influences += [self._influences(images, each) for each in rdms[: self._drawn]]
        self._similarity = np.concatenate([self._similarity, np.concatenate(found)], axis=2)
        self._influence = [
            np.concatenate([old, new], axis=1) for old, new in zip(self._influence, influences, strict=True)
        ]

    def _rdms(self, number: int, start: int, worlds: int, block: int) -> Float32[ndarray, "worlds subjects pairs"]:
        images = self._sets[number]
        seed = [*self._seed, number, start]
        common = self._noise.common.drawn(images.images, count=worlds, rng=np.random.default_rng([*seed, 0]))
        shared = mixed(images.signals[self._truth], common, 1 - self._explained**2)
        rng = np.random.default_rng([*seed, 1 + block])
        own = self._noise.drawn(images.images, count=worlds * SUBJECTS_AT_ONCE, rng=rng)
        return mixed(shared[:, None], own.reshape(worlds, SUBJECTS_AT_ONCE, -1), self._noise.share)

    def _influences(self, images: ImageSet, rdms: Float32[ndarray, "subjects pairs"]) -> ndarray:
        each = np.arange(images.images)
        measured = np.asarray(rdms, dtype=np.float64)
        return similarity_influence(images.rdms, measured, each, self._noise.comparator).influence

    def _draws(self, subjects: int) -> list[list[Draws]]:
        """As `recovery.consistency_worlds` has them: all models on the same draws."""
        names, found = [f"subject{number}" for number in range(subjects)], []
        for place, influence in enumerate(self._influence):
            number, world = divmod(place, self._drawn)
            images = self._sets[number].images
            rng = np.random.default_rng([*self._seed, number])
            counts = stimulus_counts(images, draws=DRAWS, rng=rng)
            fixed = self._similarity[sum(self._worlds[:number]) + world, :, :subjects].astype(np.float64)
            drawn = fixed + np.tensordot(counts - 1.0, influence[:, :subjects], axes=(1, 2))
            state = rng.bit_generator.state
            of_models = []
            for model, values in enumerate(fixed):
                rng.bit_generator.state = state
                of_models.append(
                    deviations_of_subject_mean(
                        values,
                        drawn[:, model],
                        n_stimuli=images,
                        stimulus_set=set_name([str(each) for each in range(images)]),
                        subjects=names,
                        rng=rng,
                    )
                )
            found.append(of_models)
        return found
