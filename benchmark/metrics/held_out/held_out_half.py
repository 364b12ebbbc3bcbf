"""Metrics that fit something on one half of the stimuli and judge it on the other, both ways, averaged.

What is fitted (weights, a matching of units) and which layer it is fitted to are decided by the training half alone:
each layer is judged on either quarter of it after a fit to the other, and the best one is then fitted to the whole half
and judged on the half that no decision has seen. To choose by one half what is reported on the other, as statistics
without a fit do (statistics/halves.py), would leak here: predictions of A from B and of B from A are one statistic of
the same two halves, high or low together.

A value varies with the stimuli that it is judged on, by their influence, and with those that it is fitted to, by fits
without some of them (deleted_groups.py). A stimulus moves the score in both ways, by the sum of the two.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.halves import AVERAGED, CEILING_DRAWS, CEILING_SPLITS, CEILING_STREAM, Bounds
from brainrank.benchmark.metrics.alignment.repeats import (
    RepeatHalves,
    has_two_of_each,
    mean_over_repeats,
    repeat_halves,
)
from brainrank.benchmark.metrics.alignment.similarity import Similarity
from brainrank.benchmark.metrics.held_out.deleted_groups import groups_of_units, influence_of_training, without_groups
from brainrank.benchmark.statistics.halves import (
    STRATA,
    Half,
    counts_of_halves,
    divide_in_halves,
    split_in_halves,
    with_units,
)
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.statistics.uncertainty import CORRELATION, deviations, set_name, spread, student_interval
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Draws, Interval, LayerScore, NoiseCeiling, Score

FEWEST_UNITS = 16  # four in a quarter: three have three pairs, and a fit to fewer is none
DELETED_GROUPS = 5  # with ten, fits jumped from penalty to penalty: twice the variance that there is
SCORE_STREAM, DELETED_STREAM = 1, 3


@runtime_checkable
class Named(Protocol):
    """A layer, whatever is told of it."""

    @property
    def layer(self) -> str:
        """Its name."""


Layer = TypeVar("Layer", bound=Named)


class Division(NamedTuple):
    """The stimuli that something is fitted to, and those that it is judged on."""

    train: Half
    test: Half


@dataclass(frozen=True)
class HeldOutHalfMetric(Metric, Generic[Layer]):
    """How well what is fitted to a layer and the responses of one half of the stimuli holds on the other half.

    A subclass says what of a model is a `Layer`, how it is fitted and judged (`judged`), and what the best model would
    reach (`best`). `seed` decides halves, quarters, deleted groups and draws, so that all models share them.
    """

    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.RESPONSES,)
    support: ClassVar[tuple[float, float]] = CORRELATION

    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def fewest_units(self) -> int:
        """Four in each quarter."""
        return FEWEST_UNITS

    @abstractmethod
    def layers(self, evidence: Content) -> Sequence[Layer]:
        """What is fitted of a model. Raises InvalidDataError for evidence of another kind."""

    @abstractmethod
    def judged(self, layer: Layer, responses: Float[ndarray, "stimuli targets"], divided: Division) -> Similarity:
        """The value on the test stimuli of what is fitted to the training stimuli, and the influence of test units.

        `undefined` of as many units as are tested where it has none (a layer that is not finite or does not vary).
        """

    @abstractmethod
    def best(
        self,
        repeats: Sequence[RepeatHalves],
        everything: Float[ndarray, "stimuli targets"],
        divided: Division,
    ) -> Bounds:
        """What the best model would reach, with influences of test units.

        `repeats` are random divisions of each stimulus's repeats into two halves, averaged; `everything` is the mean
        over all of them.
        """

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against responses to the same stimuli in the same order.

        The score is NaN, with the reason, when no layer has a value on both halves. Raises InvalidDataError for fewer
        than `fewest_units` stimuli, or groups of them, and as `require`.
        """
        layers, assembly = self.layers(evidence), of_kind(assembly, ResponseAssembly, self)
        self.require(assembly)
        ceiling, responses, ways = self.ceiling(assembly), mean_over_repeats(assembly.responses), self._ways(assembly)
        whole = np.array([[self.judged(layer, responses, way).value for way in ways] for layer in layers])
        curve = whole.mean(axis=1)
        usable = [layer for layer, value in zip(layers, curve, strict=True) if np.isfinite(value)]
        names = [layer.layer for layer in layers]
        if not usable:
            undefined = tuple(LayerScore(name, np.nan) for name in names)
            reason = "no layer that is finite and varies over each half of the stimuli has a value there"
            return Score(np.nan, self.unit, Interval(np.nan, np.nan), ceiling, layer_curve=undefined, reason=reason)
        chosen = [self._chosen(usable, responses, way.train) for way in ways]
        found = [self.judged(layer, responses, way) for layer, way in zip(chosen, ways, strict=True)]
        trained = [self._trained(layer, responses, way) for layer, way in zip(chosen, ways, strict=True)]
        value = float(np.mean([each.value for each in found]))
        # The half that one way tests is the one that the other way trains on.
        influence = [(each.influence + other) / 2 for each, other in zip(found, trained[::-1], strict=True)]
        draws = self._draws(value, influence, assembly, draws=self.draws, stream=SCORE_STREAM)
        won = [sum(each.layer == name for each in chosen) / len(chosen) for name in names]
        return Score(
            value=value,
            unit=self.unit,
            interval=student_interval(value, spread([draws]), support=self.support),
            ceiling=ceiling,
            layers=tuple(each.layer for each in chosen),
            layer_curve=tuple(map(LayerScore, names, curve.tolist(), won)),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """What the best model would reach (`best`), by ten random divisions of the repeats; mean of both halves.

        NaN, with the reason, where some stimulus was presented once.
        """
        assembly = of_kind(assembly, ResponseAssembly, self)
        if not has_two_of_each(assembly.responses):
            return NoiseCeiling(np.nan, np.nan, AVERAGED)
        rng = np.random.default_rng([self.seed, CEILING_STREAM])
        everything, ways = mean_over_repeats(assembly.responses), self._ways(assembly)
        repeats = [repeat_halves(assembly.responses, rng=rng) for _ in range(CEILING_SPLITS)]
        bounds = [self.best(repeats, everything, way) for way in ways]
        lower, upper = (float(np.mean([bound[end].value for bound in bounds])) for end in (0, 1))
        if np.isnan([lower, upper]).any():
            return NoiseCeiling(np.nan, np.nan, "a part of what was measured does not vary over a half of the stimuli")
        influence = [bound.lower.influence / 2 for bound in bounds]
        draws = self._draws(lower, influence, assembly, draws=CEILING_DRAWS, stream=CEILING_STREAM)
        return NoiseCeiling(lower, upper, "", student_interval(lower, spread([draws]), support=self.support))

    def _ways(self, assembly: ResponseAssembly) -> list[Division]:
        """Each half as the one that is judged on, the other as the one that is fitted to."""
        unit_of = units_of(assembly.groups, len(assembly.stimulus_ids))
        split = split_in_halves(assembly, seed=self.seed, name=self.name, fewest=self.fewest_units)
        first, second = (with_units(half, unit_of) for half in split)
        return [Division(train=second, test=first), Division(train=first, test=second)]

    def _chosen(self, layers: Sequence[Layer], responses: Float[ndarray, "stimuli targets"], half: Half) -> Layer:
        """The layer that is best on a half's own quarters, either of them judged after a fit to the other."""
        if len(layers) == 1:
            return layers[0]
        rng = np.random.default_rng([self.seed, int(half.units.max()) + 1])
        first, second = (
            Half(half.stimuli[each], with_units(each, half.units).units)
            for each in divide_in_halves(half.units, rng=rng)
        )
        ways = [Division(train=second, test=first), Division(train=first, test=second)]
        values = np.array([[self.judged(layer, responses, way).value for way in ways] for layer in layers])
        return layers[int(np.argmax(np.nan_to_num(values.mean(axis=1), nan=-np.inf)))]

    def _trained(
        self, layer: Layer, responses: Float[ndarray, "stimuli targets"], divided: Division
    ) -> Float[ndarray, " units"]:
        """The influence of training units by themselves, by fits without each of five groups of them."""
        units = int(divided.train.units.max()) + 1
        rng = np.random.default_rng([self.seed, DELETED_STREAM])
        group_of = groups_of_units(units, most=DELETED_GROUPS, rng=rng)
        without = [
            self.judged(layer, responses, divided._replace(train=rest))
            for rest in without_groups(divided.train, group_of)
        ]
        return influence_of_training(without, group_of)

    def _draws(
        self,
        value: float,
        influence: Sequence[Float[ndarray, " units"]],
        assembly: ResponseAssembly,
        *,
        draws: int,
        stream: int,
    ) -> Draws:
        """The value on draws of the units of either half, given the influence of each."""
        halves = [way.test for way in self._ways(assembly)]
        counts = counts_of_halves(
            [half.stimuli for half in halves], assembly, draws=draws, seed=self.seed, stream=stream
        )
        moved = [
            (count[:, np.unique(half.units, return_index=True)[1]] - 1.0) @ each
            for count, half, each in zip(counts, halves, influence, strict=True)
        ]
        return deviations(
            value + np.sum(moved, axis=0),
            n_stimuli=sum(map(len, influence)),
            strata=STRATA,
            stimulus_set=set_name(assembly.stimulus_ids),
        )
