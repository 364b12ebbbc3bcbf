"""The RSA benchmark metric: which layer, how similar, how sure.

The stimuli are split into two halves. A layer is chosen on one half and reported on the other, both ways, averaged: the
best layer is never judged on the stimuli it was chosen by. The ceiling is that of the halves too, so that the score and
its ceiling stand on the same pairs. Choosing the layer again on every bootstrap draw puts its uncertainty into the
interval.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.comparators import Comparator, compare
from brainrank.benchmark.metrics.noise_ceiling import noise_ceiling, normalised
from brainrank.benchmark.metrics.rdm import Dissimilarity, rdm_from_gram, stimuli_of_pairs
from brainrank.benchmark.metrics.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.intervals import bias_corrected_interval, calibrated_resamples
from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly, pairs_among
from brainrank.benchmark.types.score import Detail, Interval, LayerScore, NoiseCeiling, Resamples, Score, SubjectScore

MINIMUM_SUBJECTS = 3
CEILING_DRAWS = 200


class _Half(NamedTuple):
    """One half of the stimuli: the RDMs of layers and subjects on it, and its bootstrap draws."""

    layers: Float[ndarray, "layers pairs"]
    subjects: Float[ndarray, "subjects pairs"]
    counts: Int[ndarray, "draws stimuli"]


@dataclass(frozen=True)
class RsaMetric:
    """Representational similarity (Kriegeskorte, Mur & Bandettini 2008; Nili et al. 2014).

    `seed` decides the halves and the draws of stimuli, so that all models, and benchmarks on the same images, share
    them.
    """

    name: ClassVar[str] = "rsa"
    evidence: ClassVar[str] = "activations"

    dissimilarity: Dissimilarity = Dissimilarity.CORRELATION
    comparator: Comparator = Comparator.RHO_A
    draws: int = 1000
    seed: int = 0

    def score(self, layers: Sequence[LayerGram], assembly: RdmAssembly) -> Score:
        """Score a model's layers against an assembly on the same stimuli in the same order.

        The score is NaN, with the reason, when no layer has a defined similarity (constant or non-finite activations).
        """
        rdms = np.stack([self._rdm(layer) for layer in layers])
        names = [layer.layer for layer in layers]
        curve = compare(rdms, assembly.rdms, self.comparator).mean(axis=1)
        ceiling = self.ceiling(assembly)
        defined = np.isfinite(rdms).all(axis=1)
        if not defined.any():
            reason = "every layer's RDM is undefined: its activations are constant or not finite for some stimulus"
            undefined = tuple(LayerScore(name, float(value)) for name, value in zip(names, curve, strict=True))
            return Score(
                np.nan, self.comparator, Interval(np.nan, np.nan), ceiling, layer_curve=undefined, reason=reason
            )
        halves = self._halves(rdms[defined], assembly)
        kept = [name for name, is_defined in zip(names, defined, strict=True) if is_defined]
        similarities = [compare(half.layers, half.subjects, self.comparator)[None] for half in halves]
        reported, chosen = _report(similarities)
        value = float(reported.mean())
        drawn = [compare_resampled(half.layers, half.subjects, half.counts, self.comparator) for half in halves]
        won = np.zeros(len(layers))
        won[defined] = np.bincount(_report(drawn).layers.ravel(), minlength=len(kept)) / (2 * self.draws)
        resamples = calibrated_resamples(
            self._resamples(halves, drawn, assembly.subjects),
            value,
            n_stimuli=len(assembly.stimulus_ids),
            n_subjects=len(assembly.subjects),
        )
        return Score(
            value=value,
            unit=self.comparator,
            interval=bias_corrected_interval(value, resamples),
            ceiling=ceiling,
            layers=tuple(kept[index] for index in chosen[:, 0]),
            layer_curve=tuple(
                LayerScore(name, float(value), float(share))
                for name, value, share in zip(names, curve, won, strict=True)
            ),
            per_subject=tuple(map(SubjectScore, assembly.subjects, reported[0].tolist())),
            resamples=resamples,
        )

    def ceiling(self, assembly: RdmAssembly) -> NoiseCeiling:
        """Mean of the two halves' noise ceilings; NaN, with the reason, where subjects were pooled."""
        if assembly.pooled:
            return NoiseCeiling(np.nan, np.nan, "the study published one RDM for all subjects together")
        ceilings = [
            noise_ceiling(_restrict(assembly.rdms, half), self.comparator)
            for half in self._split(len(assembly.stimulus_ids))
        ]
        lower, upper = np.mean([[ceiling.lower, ceiling.upper] for ceiling in ceilings], axis=0)
        return NoiseCeiling(float(lower), float(upper), ceilings[0].reason, self._ceiling_interval(assembly, lower))

    def references(self, _assembly: RdmAssembly) -> tuple[Detail, ...]:
        """Nothing is told beside the score."""
        return ()

    def _ceiling_interval(self, assembly: RdmAssembly, lower: float) -> Interval | None:
        """Of the lower ceiling, over draws of all stimuli: each subject against the pool of the others."""
        if np.isnan(lower):
            return None
        rng = np.random.default_rng([self.seed, 2])
        counts = stimulus_counts(len(assembly.stimulus_ids), draws=CEILING_DRAWS, rng=rng)
        parts = normalised(assembly.rdms, self.comparator)
        similarity = [
            compare_resampled(
                np.delete(parts, subject, axis=0).mean(axis=0, keepdims=True),
                assembly.rdms[subject : subject + 1],
                counts,
                self.comparator,
            )[:, 0, 0]
            for subject in range(len(parts))
        ]
        estimate = noise_ceiling(assembly.rdms, self.comparator).lower
        return bias_corrected_interval(estimate, np.mean(similarity, axis=0))

    def _rdm(self, layer: LayerGram) -> Float[ndarray, " pairs"]:
        return rdm_from_gram(layer, self.dissimilarity)

    def _split(self, n_stimuli: int) -> tuple[Int[ndarray, " first"], Int[ndarray, " second"]]:
        order = np.random.default_rng([self.seed, n_stimuli]).permutation(n_stimuli)
        return np.sort(order[: n_stimuli // 2]), np.sort(order[n_stimuli // 2 :])

    def _halves(self, rdms: Float[ndarray, "layers pairs"], assembly: RdmAssembly) -> list[_Half]:
        rng = np.random.default_rng([self.seed, 1])
        return [
            _Half(
                layers=_restrict(rdms, half),
                subjects=_restrict(assembly.rdms, half),
                counts=stimulus_counts(len(half), draws=self.draws, rng=rng),
            )
            for half in self._split(len(assembly.stimulus_ids))
        ]

    def _resamples(
        self,
        halves: Sequence[_Half],
        drawn: Sequence[Float[ndarray, "draws layers subjects"]],
        subjects: Sequence[str],
    ) -> Resamples:
        """The score on draws of stimuli, of subjects, and of both; the layer is chosen anew on each draw."""
        of_stimuli = _report(drawn)[0].mean(axis=1)
        if len(subjects) < MINIMUM_SUBJECTS:
            return Resamples(of_stimuli)
        # Seeded by who the subjects are: regions of one study share draws, two studies do not.
        rng = np.random.default_rng([self.seed, zlib.crc32("\n".join(subjects).encode())])
        counts = subject_counts(len(subjects), draws=self.draws, rng=rng)[:, None].astype(np.float64)
        fixed = [compare(h.layers, h.subjects, self.comparator)[None] for h in halves]
        return Resamples(
            stimuli=of_stimuli,
            subjects=_report([similarity * counts for similarity in fixed])[0].mean(axis=1),
            both=_report([similarity * counts for similarity in drawn])[0].mean(axis=1),
        )


def _restrict(rdms: Float[ndarray, "rdms pairs"], stimuli: Int[ndarray, " kept"]) -> Float[ndarray, "rdms kept_pairs"]:
    """The RDMs among some of the stimuli only."""
    return rdms[:, pairs_among(stimuli, stimuli_of_pairs(rdms.shape[1]))]


class _Reported(NamedTuple):
    """Similarity to each subject on each draw, mean of the halves, and the layer chosen for each half."""

    similarity: Float[ndarray, "draws subjects"]
    layers: Int[ndarray, "halves draws"]


def _report(halves: Sequence[Float[ndarray, "draws layers subjects"]]) -> _Reported:
    """Choose each half's layer by its mean over subjects on the other half (the first of equals); average the halves.

    A draw on which some similarity is undefined is NaN.
    """
    first, second = halves
    choices = np.stack([np.argmax(other.mean(axis=2), axis=1) for other in (second, first)])
    each = np.arange(len(first))
    similarity = (first[each, choices[0]] + second[each, choices[1]]) / 2
    return _Reported(similarity, choices)
