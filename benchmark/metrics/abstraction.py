"""The abstraction metric: whether a model's geometry of objects stays the same from photographs to sketches.

The objects are split into two halves. A layer is chosen on one half by how well its RDMs agree with people's, and its
RDMs of two depictions are compared on the other, both ways, averaged: no layer is chosen by what is reported, nor on
the objects it is reported of. The layer whose geometry is the most constant would often be one that sees outlines
(docs/decisions/abstraction.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rdms.weighted_comparators import compare_resampled
from brainrank.benchmark.statistics.halves import FEWEST_UNITS, STRATA, Half, counts_of_halves, halves_with_units
from brainrank.benchmark.statistics.uncertainty import CORRELATION, deviations, set_name, spread, student_interval
from brainrank.benchmark.types.activations import LayerGram, names_of
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import restricted
from brainrank.benchmark.types.depictions import DepictionAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    layers_of,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Detail, LayerScore, NoiseCeiling, Score

NO_CEILING = "a model is compared with itself: one geometry for all depictions scores 1, whatever people do"
UNDEFINED = "every layer's RDM of a half of the objects is constant, or undefined, in some depiction"


class OnHalf(NamedTuple):
    """On a half of the objects: how alike a layer's RDMs of each two depictions are, and how like people's each is."""

    alike: Float[ndarray, "draws layers depiction_pairs"]
    fits: Float[ndarray, "draws layers depictions"]


class Reported(NamedTuple):
    """Likeness of each two depictions and fit to people, mean of the halves, and the layer chosen for each half."""

    alike: Float[ndarray, "draws depiction_pairs"]
    fit: Float[ndarray, " draws"]
    layers: Int[ndarray, "halves draws"]


@dataclass(frozen=True)
class AbstractionMetric(Metric):
    """Mean over each two depictions d, e of rho(D_d, D_e), D_d the layer's RDM of the objects in depiction d.

    rho is Spearman's unless another comparator is told. Objects are drawn with all of their depictions. `seed` decides
    the halves and the draws, so that all models share them.
    """

    name: ClassVar[str] = "abstraction"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.DEPICTIONS,)
    declarable: ClassVar[tuple[Measure, ...] | None] = ()
    support: ClassVar[tuple[float, float]] = CORRELATION
    words: ClassVar[str] = (
        "Abstraction: do objects that a model finds alike as photographs stay alike as drawings and as sketches? RDMs "
        "of the same objects in each two depictions are compared with each other, for the layer that is most like "
        "people’s judgements: it is chosen by these on one half of the objects and reported on the other, both ways. "
        "Features that tell nothing of the objects score 0; outlines alone score more, so look at what pixels and "
        "untrained networks reach. There is no noise ceiling: a model is compared with itself, and people’s own value "
        "is told beside it."
    )
    citation: ClassVar[str] = "Singer, Seeliger, Kietzmann & Hebart 2022"

    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.CORRELATION, "how far apart two patterns of responses are", choices=tuple(Dissimilarity)
    )
    comparator: Comparator = parameter(Comparator.SPEARMAN, "how two RDMs are compared", choices=tuple(Comparator))
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def unit(self) -> str:
        """The comparator."""
        return self.comparator

    @property
    def fewest_units(self) -> int:
        """Four objects in each half."""
        return FEWEST_UNITS

    def ceiling(self, _assembly: Assembly) -> NoiseCeiling:
        """None, and why."""
        return NoiseCeiling(np.nan, np.nan, NO_CEILING)

    def references(self, assembly: Assembly) -> tuple[Detail, ...]:
        """How alike people's own RDMs of two depictions are, on the same halves."""
        assembly = of_kind(assembly, DepictionAssembly, self)
        of_people = [self._of_people(assembly, half) for half in self._halves(assembly)]
        return tuple(
            Detail(name, np.nan, float(value))
            for name, value in zip(_names(assembly), np.mean(of_people, axis=0), strict=True)
        )

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers on all images of the assembly, in its order.

        NaN, with the reason, where no layer has a similarity of every two depictions and to people on both halves.
        Raises InvalidDataError for fewer than eight objects, and for what is no depictions.
        """
        layers, assembly = layers_of(evidence, self), of_kind(assembly, DepictionAssembly, self)
        halves = self._halves(assembly)
        counts = counts_of_halves(
            [half.stimuli for half in halves], _of_objects(assembly), draws=self.draws, seed=self.seed, stream=1
        )
        found = [self._on_half(layers, assembly, each, drawn) for each, drawn in zip(halves, counts, strict=True)]
        defined = np.all([_is_defined(fixed) for fixed, _ in found], axis=0)
        if not defined.any():
            return self.unscored(UNDEFINED, assembly)
        usable = [name for name, each in zip(names_of(layers), defined, strict=True) if each]
        fixed, drawn = ([_of_layers(each, defined) for each in some] for some in zip(*found, strict=True))
        return self._of_halves(usable, fixed, drawn, counts, assembly)

    def _of_halves(
        self,
        layers: Sequence[str],
        fixed: Sequence[OnHalf],
        drawn: Sequence[OnHalf],
        counts: Sequence[Int[ndarray, "draws _"]],
        assembly: DepictionAssembly,
    ) -> Score:
        """The score of layers that have a value, from what they are on the halves and on draws."""
        told, on_draws = report(fixed), report(drawn)
        value = float(told.alike.mean())
        deviating = deviations(
            on_draws.alike.mean(axis=1),
            n_stimuli=len(assembly.objects),
            strata=STRATA,
            stimulus_set=set_name(assembly.stimulus_ids),
            counts=np.hstack(counts),
        )
        return Score(
            value=value,
            unit=self.unit,
            interval=student_interval(value, spread([deviating]), support=CORRELATION),
            ceiling=self.ceiling(assembly),
            layers=tuple(layers[each] for each in told.layers[:, 0]),
            layer_curve=_curve(layers, fixed, on_draws),
            details=self._details(told, assembly),
            draws=deviating,
        )

    def _on_half(
        self,
        layers: Sequence[LayerGram],
        assembly: DepictionAssembly,
        half: Half,
        counts: Int[ndarray, "draws objects"],
    ) -> tuple[OnHalf, OnHalf]:
        """All of it on a half, as it is and on draws; layer by layer, each of which is read once."""
        people = restricted(assembly.rdms, half.stimuli)
        fixed, drawn = list[OnHalf](), list[OnHalf]()
        for layer in layers:
            rdms = np.stack([rdm_from_gram(layer, self.dissimilarity, each[half.stimuli]) for each in assembly.places])
            kept = compare(rdms, np.vstack([rdms, people]), self.comparator)[None]
            fixed.append(_parted(kept))
            drawn.append(_parted(compare_resampled(rdms, np.vstack([rdms, people]), counts, self.comparator)))
        return _stacked(fixed), _stacked(drawn)

    def _of_people(self, assembly: DepictionAssembly, half: Half) -> Float[ndarray, " depiction_pairs"]:
        people = restricted(assembly.rdms, half.stimuli)
        return np.asarray(_between(compare(people, people, self.comparator)[None])[0])

    def _details(self, told: Reported, assembly: DepictionAssembly) -> tuple[Detail, ...]:
        """Each two depictions by themselves beside people's, and how like people's the reported layers are."""
        of_people = self.references(assembly)
        values = told.alike[0].tolist()
        pairs = (Detail(each.name, value, each.reference) for each, value in zip(of_people, values, strict=True))
        return (*pairs, Detail("agreement with judgements", float(told.fit[0])))

    def _halves(self, assembly: DepictionAssembly) -> Sequence[Half]:
        return halves_with_units(_of_objects(assembly), seed=self.seed, name=self.name)


def report(halves: Sequence[OnHalf]) -> Reported:
    """Choose each half's layer by its fit to people on the other half (the first of equals), and average the halves.

    A draw on which something is undefined is NaN.
    """
    fits = [each.fits.mean(axis=2) for each in halves]
    choices = np.stack([np.argmax(np.nan_to_num(other, nan=-np.inf), axis=1) for other in reversed(fits)])
    each = np.arange(len(fits[0]))
    alike = [half.alike[each, chosen] for half, chosen in zip(halves, choices, strict=True)]
    fit = [own[each, chosen] for own, chosen in zip(fits, choices, strict=True)]
    return Reported(np.mean(alike, axis=0), np.mean(fit, axis=0), choices)


def _of_objects(assembly: DepictionAssembly) -> RdmAssembly:
    """The objects as the stimuli that are split and drawn, each with all of its depictions."""
    return RdmAssembly(assembly.region, assembly.objects, assembly.depictions, assembly.rdms)


def _parted(compared: Float[ndarray, "draws depictions both"]) -> OnHalf:
    """Of a layer's RDMs with its own and people's: each two depictions, and each with people's of the same."""
    n = compared.shape[1]
    fits = compared[:, np.arange(n), n + np.arange(n)]
    return OnHalf(_between(compared[:, :, :n])[:, None], fits[:, None])


def _between(compared: Float[ndarray, "draws depictions depictions"]) -> Float[ndarray, "draws depiction_pairs"]:
    first, second = np.array(list(combinations(range(compared.shape[1]), 2))).T
    return np.asarray(compared[:, first, second])


def _stacked(layers: Sequence[OnHalf]) -> OnHalf:
    return OnHalf(*(np.concatenate(each, axis=1) for each in zip(*layers, strict=True)))


def _is_defined(half: OnHalf) -> Bool[ndarray, " layers"]:
    return np.asarray(np.isfinite(half.alike).all(axis=(0, 2)) & np.isfinite(half.fits).all(axis=(0, 2)))


def _of_layers(half: OnHalf, some: Bool[ndarray, " layers"]) -> OnHalf:
    return OnHalf(half.alike[:, some], half.fits[:, some])


def _names(assembly: DepictionAssembly) -> list[str]:
    return [f"{one} and {other}" for one, other in combinations(assembly.depictions, 2)]


def _curve(layers: Sequence[str], fixed: Sequence[OnHalf], on_draws: Reported) -> tuple[LayerScore, ...]:
    values = np.mean([half.alike[0].mean(axis=1) for half in fixed], axis=0)
    won = np.bincount(on_draws.layers.ravel(), minlength=len(layers)) / on_draws.layers.size
    return tuple(map(LayerScore, layers, values.tolist(), won.tolist()))
