"""Worlds in which a model's RDM is what all subjects have in common, or part of it, scored as RSA benchmarks score.

All layers of all models are one matrix of RDMs, made into what a comparator multiplies, once for all worlds; the
subjects of all worlds are another, and a product of the two compares all with all. The layer of each half is chosen on
the other half, as the metric does it. In a few worlds the metric's own draws say how scores deviate, from what each
stimulus adds to a similarity (`similarity_influence`), so that no draw is compared anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import is_comparable
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.compared_rdms import layer_factors, standard_ranks
from brainrank.benchmark.recovery.outcomes import SimulatedScores
from brainrank.benchmark.recovery.rdm_noise import (
    drawn_common,
    drawn_noise,
    mixed,
    noise_share,
    own_parts,
    standard_scores,
)
from brainrank.benchmark.statistics.halves import Half, counts_of_halves, draws_of_halves, halves_with_units
from brainrank.benchmark.statistics.resampling import counts_of_units
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import pairs_among
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws

WORLDS_AT_ONCE = 50
CEILING_WORLDS = 6
CEILING_TRUTHS = 8
"""Of whose worlds the noise ceiling is made the measured one: standard scores of all truths are alike."""
DRAWN_WORLDS = 1  # three quarters of the time go into its influences
DRAWS = 500
SELDOM = 0.05
"""A layer that is chosen in fewer of the worlds is none that draws would choose."""


class LayerRdms(NamedTuple):
    """The RDMs of all layers of all models; `model_of` numbers the model of each, ascending."""

    models: tuple[str, ...]
    model_of: Int[ndarray, " layers"]
    rdms: Float[ndarray, "layers pairs"]


def layer_rdms(models: Mapping[str, Sequence[LayerGram]], metric: RsaMetric, assembly: RdmAssembly) -> LayerRdms:
    """The RDMs of layers that have a similarity on both halves of the stimuli; models without one are left out.

    A layer, which may lie in a store, is asked for once.
    """
    halves = [pairs_among(half.stimuli, len(assembly.stimulus_ids)) for half in _halves(metric, assembly)]
    found = dict[str, list[Float[ndarray, " pairs"]]]()
    for name, layers in models.items():
        rdms = (rdm_from_gram(layer, metric.dissimilarity) for layer in layers)
        usable = [rdm for rdm in rdms if all(is_comparable(rdm[half]) for half in halves)]
        if usable:
            found[name] = usable
    if len(found) < 2:
        raise InvalidDataError(f"{len(found)} of the models have RDMs; recovery is of two or more")
    return LayerRdms(
        tuple(found),
        np.repeat(np.arange(len(found)), [len(each) for each in found.values()]),
        np.array([rdm for rdms in found.values() for rdm in rdms]),
    )


@dataclass(frozen=True)
class RsaWorlds:
    """A study's RDMs, the models', and how much noise there is: what worlds of any truth are made from.

    The RDMs have a noise ceiling. Raises InvalidDataError for a comparator that is not simulated.
    """

    metric: RsaMetric
    assembly: RdmAssembly
    layers: LayerRdms
    noise: Float32[ndarray, "worlds subjects pairs"]
    common: Float32[ndarray, "worlds 1 pairs"]
    ceiling: float

    @cached_property
    def halves(self) -> tuple[Half, Half]:
        """The metric's halves of the stimuli."""
        return _halves(self.metric, self.assembly)

    @cached_property
    def _pairs(self) -> list[Int[ndarray, " some_pairs"]]:
        return [pairs_among(half.stimuli, len(self.assembly.stimulus_ids)) for half in self.halves]

    @cached_property
    def _compared(self) -> list[Float32[ndarray, "layers some_pairs"]]:
        """Of each half: what each layer is multiplied by a subject's standard scores with."""
        comparator = self.metric.comparator
        return [layer_factors(self.layers.rdms[:, pairs], comparator) for pairs in self._pairs]

    @cached_property
    def chosen(self) -> Int[ndarray, " models"]:
        """The layer of each model that is most like the measured subjects, mean of the two halves."""
        of_halves = [
            factors @ standard_scores(self.assembly.rdms[:, pairs], self.metric.comparator).T.astype(np.float32)
            for factors, pairs in zip(self._compared, self._pairs, strict=True)
        ]
        curve = np.mean(of_halves, axis=(0, 2))
        return np.array([these[curve[these].argmax()] for these in self._layers_of])

    @cached_property
    def _layers_of(self) -> list[Int[ndarray, " some"]]:
        return [np.flatnonzero(self.layers.model_of == model) for model in range(len(self.layers.models))]

    @cached_property
    def measured(self) -> Float[ndarray, " models"]:
        """The models' scores in the data."""
        return np.asarray(self._scored(self.assembly.rdms[None].astype(np.float32)).by_subject[0].mean(axis=1))

    @cached_property
    def noise_share(self) -> float:
        """The share of noise at which worlds have the measured noise ceiling."""
        every = max(1, len(self.layers.models) // CEILING_TRUTHS)
        signals = [self._signal(truth) for truth in range(0, len(self.layers.models), every)]

        def ceiling(share: float) -> float:
            return float(np.mean([self._ceiling(each, share, slice(CEILING_WORLDS)) for each in signals]))

        return noise_share(ceiling, self.ceiling)

    def simulated_ceiling(self, truth: int) -> float:
        """The lower noise ceiling of other worlds of a truth than those that the noise was set in."""
        return self._ceiling(self._signal(truth), self.noise_share, slice(CEILING_WORLDS, 2 * CEILING_WORLDS))

    def explained(self, truth: int, in_full: SimulatedScores) -> float:
        """How much of what subjects share a truth explains, that it scores in its worlds what it scores in the data.

        Its score is about proportional to that, but for layers that are chosen worse where there is less to choose by:
        some worlds of the proportion say by how much that misses.
        """
        whole, signal = float(in_full.by_subject[:, truth].mean()), self._signal(truth)
        share = float(np.clip(self.measured[truth] / whole, 0.0, 1.0))
        reached = self._scored(self._worlds(signal, share, slice(WORLDS_AT_ONCE))).by_subject[:, truth].mean()
        return float(np.clip(share + (self.measured[truth] - reached) / whole, 0.0, 1.0))

    def scores(self, truth: int, explained: float = 1.0) -> SimulatedScores:
        """All models' scores in all worlds of a truth, which correlates this much with what subjects share."""
        signal, blocks = self._signal(truth), []
        chosen = np.zeros((len(self.halves), len(self.layers.model_of)))
        for start in range(0, len(self.noise), WORLDS_AT_ONCE):
            rdms = self._worlds(signal, explained, slice(start, start + WORLDS_AT_ONCE))
            found = self._scored(rdms)
            blocks.append(found.by_subject)
            for half, of_half in zip(chosen, found.layers, strict=True):
                half += np.bincount(of_half.ravel(), minlength=half.size)
        often = np.flatnonzero((chosen > SELDOM * len(self.noise)).any(axis=0))
        drawn = self._worlds(signal, explained, slice(DRAWN_WORLDS))
        return SimulatedScores(np.concatenate(blocks), [self._draws(rdms, often) for rdms in drawn])

    def _worlds(
        self, signal: Float[ndarray, " pairs"], explained: float, which: slice
    ) -> Float32[ndarray, "worlds subjects pairs"]:
        shared = mixed(signal, self.common[which], 1 - explained**2)
        return mixed(shared, self.noise[which], self.noise_share)

    def _signal(self, truth: int) -> Float[ndarray, " pairs"]:
        rdm = self.layers.rdms[self.chosen[truth]]
        return np.asarray(standard_scores(rdm[None], self.metric.comparator)[0])

    def _ceiling(self, signal: Float[ndarray, " pairs"], share: float, worlds: slice) -> float:
        found = [
            noise_ceiling(np.asarray(rdms[:, pairs], np.float64), self.metric.comparator).lower
            for rdms in mixed(signal, self.noise[worlds], share)
            for pairs in self._pairs
        ]
        return float(np.mean(found))

    def _scored(self, rdms: Float32[ndarray, "worlds subjects pairs"]) -> "_Scored":
        worlds, subjects = rdms.shape[:2]
        similarity = []
        for factors, pairs in zip(self._compared, self._pairs, strict=True):
            measured = standard_ranks(rdms.reshape(worlds * subjects, -1)[:, pairs], self.metric.comparator)
            similarity.append((factors @ measured.T).reshape(-1, worlds, subjects))
        means = [each.mean(axis=2) for each in similarity]
        by_subject = np.empty((worlds, len(self._layers_of), subjects))
        chosen = np.empty((2, worlds, len(self._layers_of)), dtype=np.int64)
        world = np.arange(worlds)
        for model, these in enumerate(self._layers_of):
            best = [these[means[other][these].argmax(axis=0)] for other in (1, 0)]
            by_subject[:, model] = (similarity[0][best[0], world] + similarity[1][best[1], world]) / 2
            chosen[:, :, model] = best
        return _Scored(by_subject, chosen)

    def _draws(self, rdms: Float32[ndarray, "subjects pairs"], often: Int[ndarray, " some"]) -> list[Draws]:
        """How each model's score deviates: of its layers, those that are chosen often enough."""
        counts = counts_of_halves(
            [half.stimuli for half in self.halves], self.assembly, draws=DRAWS, seed=self.metric.seed, stream=1
        )
        fixed, drawn = [], []
        for half, pairs, of_half in zip(self.halves, self._pairs, counts, strict=True):
            measured = np.asarray(rdms[:, pairs], np.float64)
            found = similarity_influence(
                self.layers.rdms[np.ix_(often, pairs)], measured, half.units, self.metric.comparator
            )
            fixed.append(found.values[None])
            drawn.append(found.on_draws(counts_of_units(of_half, half.units)))
        return [self._draws_of(np.isin(often, these), fixed, drawn) for these in self._layers_of]

    def _draws_of(
        self,
        which: ndarray,
        fixed: Sequence[Float[ndarray, "1 layers subjects"]],
        drawn: Sequence[Float[ndarray, "draws layers subjects"]],
    ) -> Draws:
        return draws_of_halves(
            [each[:, which] for each in fixed],
            [each[:, which] for each in drawn],
            stimulus_ids=self.assembly.stimulus_ids,
            groups=self.assembly.groups,
            subjects=self.assembly.subjects,
            seed=self.metric.seed,
        )


class _Scored(NamedTuple):
    """Scores by subject, and the layer that each model has on each half."""

    by_subject: Float[ndarray, "worlds models subjects"]
    layers: Int[ndarray, "halves worlds models"]


def rsa_worlds(
    metric: RsaMetric, assembly: RdmAssembly, layers: LayerRdms, *, worlds: int, rng: np.random.Generator
) -> RsaWorlds:
    """The worlds of a study, whose noise all truths share. Raises InvalidDataError as `RsaWorlds`."""
    ceiling = metric.ceiling(assembly).lower
    own = own_parts(assembly.rdms, metric.comparator)
    noise = drawn_noise(own, worlds=worlds, rng=rng)
    common = drawn_common(assembly.rdms, metric.comparator, worlds=worlds, rng=rng)
    return RsaWorlds(metric, assembly, layers, noise, common, ceiling)


def _halves(metric: RsaMetric, assembly: RdmAssembly) -> tuple[Half, Half]:
    return halves_with_units(assembly, seed=metric.seed, name=metric.name)
