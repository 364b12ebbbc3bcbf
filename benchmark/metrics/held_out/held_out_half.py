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
from typing import ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float, Int
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
from brainrank.benchmark.metrics.held_out.division import (
    Division,
    both_ways,
    judged_in_turn,
    quarters,
)
from brainrank.benchmark.statistics.halves import (
    STRATA,
    Half,
    counts_of_halves,
    halves_with_units,
)
from brainrank.benchmark.statistics.resampling import counts_of_units, units_of
from brainrank.benchmark.statistics.uncertainty import CORRELATION, deviations, set_name, spread, student_interval
from brainrank.benchmark.types.activations import Named, names_of, some_of
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

FEWEST_UNITS = 40  # of 32, intervals of veRSA held the expected score in .91 of studies (docs/decisions/versa.md)
DELETED_GROUPS = 5  # with ten, fits jumped from penalty to penalty: twice the variance that there is
SCORE_STREAM, DELETED_STREAM = 1, 3


Layer = TypeVar("Layer", bound=Named)


class _Way(NamedTuple):
    """Every layer judged on a half after a fit to the other, and what decides between them inside that other half.

    `inside` is empty of a single layer. `chosen` is the best by it; `trained` is the influence of training units, by
    themselves, on its value.
    """

    judged: Sequence[Similarity]
    inside: Sequence[Similarity]
    chosen: int
    trained: Float[ndarray, " train_units"]


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
        """Ten in each quarter."""
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
        whole = [[self.judged(layer, responses, way) for layer in layers] for way in ways]
        curve = np.mean([[each.value for each in judged] for judged in whole], axis=0)
        names, defined = names_of(layers), np.flatnonzero(np.isfinite(curve)).tolist()
        if not defined:
            undefined = tuple(LayerScore(name, np.nan) for name in names)
            reason = "no layer that is finite and varies over each half of the stimuli has a value there"
            return Score(np.nan, self.unit, Interval(np.nan, np.nan), ceiling, layer_curve=undefined, reason=reason)
        usable = some_of(layers, defined)
        found = [
            self._way(usable, [judged[number] for number in defined], responses, way)
            for judged, way in zip(whole, ways, strict=True)
        ]
        value = float(np.mean([each.judged[each.chosen].value for each in found]))
        drawn = _drawn(found, self._counts(assembly, draws=self.draws, stream=SCORE_STREAM))
        draws, won = _deviations(drawn.values, assembly), np.zeros(len(layers))
        won[defined] = np.bincount(drawn.chosen.ravel(), minlength=len(usable)) / drawn.chosen.size
        return Score(
            value=value,
            unit=self.unit,
            interval=student_interval(value, spread([draws]), support=self.support),
            ceiling=ceiling,
            layers=tuple(names_of(usable)[each.chosen] for each in found),
            layer_curve=tuple(map(LayerScore, names, curve.tolist(), won.tolist())),
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
        counts = self._counts(assembly, draws=CEILING_DRAWS, stream=CEILING_STREAM)
        moved = [(count - 1.0) @ bound.lower.influence for count, bound in zip(counts, bounds, strict=True)]
        draws = _deviations(np.mean(moved, axis=0), assembly)
        return NoiseCeiling(lower, upper, "", student_interval(lower, spread([draws]), support=self.support))

    def _ways(self, assembly: ResponseAssembly) -> list[Division]:
        """Each half as the one that is judged on, the other as the one that is fitted to."""
        return both_ways(*halves_with_units(assembly, seed=self.seed, name=self.name, fewest=self.fewest_units))

    def _way(
        self,
        layers: Sequence[Layer],
        judged: Sequence[Similarity],
        responses: Float[ndarray, "stimuli targets"],
        divided: Division,
    ) -> _Way:
        inside = [self._inside(layer, responses, divided.train) for layer in layers] if len(layers) > 1 else []
        chosen = int(_best(np.array([[each.value for each in inside]]))[0])
        return _Way(judged, inside, chosen, self._trained(layers[chosen], responses, divided))

    def _inside(self, layer: Layer, responses: Float[ndarray, "stimuli targets"], half: Half) -> Similarity:
        """A layer judged on a half's own quarters, either of them after a fit to the other."""
        parts = quarters(half, rng=np.random.default_rng([self.seed, half.number_of_units]))
        return judged_in_turn([self.judged(layer, responses, way) for way in both_ways(*parts)], half, parts)

    def _trained(
        self, layer: Layer, responses: Float[ndarray, "stimuli targets"], divided: Division
    ) -> Float[ndarray, " units"]:
        """The influence of training units by themselves, by fits without each of five groups of them."""
        rng = np.random.default_rng([self.seed, DELETED_STREAM])
        group_of = groups_of_units(divided.train.number_of_units, most=DELETED_GROUPS, rng=rng)
        without = [
            self.judged(layer, responses, divided._replace(train=rest))
            for rest in without_groups(divided.train, group_of)
        ]
        return influence_of_training(without, group_of)

    def _counts(self, assembly: ResponseAssembly, *, draws: int, stream: int) -> list[Int[ndarray, "draws _"]]:
        """How often each unit of either half occurs on each draw."""
        halves = [way.test for way in self._ways(assembly)]
        counts = counts_of_halves(
            [half.stimuli for half in halves], assembly, draws=draws, seed=self.seed, stream=stream
        )
        return [counts_of_units(count, half.units) for count, half in zip(counts, halves, strict=True)]


class _Drawn(NamedTuple):
    """The score on each draw, and the layer chosen for each half."""

    values: Float[ndarray, " draws"]
    chosen: Int[ndarray, "halves draws"]


def _drawn(ways: Sequence[_Way], counts: Sequence[Int[ndarray, "draws _"]]) -> _Drawn:
    """The score on draws of the units of either half, the layer chosen anew on each."""
    values, chosen = [], []
    # The half that one way tests is the one that the other way trains on.
    for way, tested, trained in zip(ways, counts, counts[::-1], strict=True):
        each = np.arange(len(tested))
        best = _best(_moved(way.inside, trained))
        values.append(_moved(way.judged, tested)[each, best] + (trained - 1.0) @ way.trained)
        chosen.append(best)
    return _Drawn(np.mean(values, axis=0), np.stack(chosen))


def _best(values: Float[ndarray, "draws layers"]) -> Int[ndarray, " draws"]:
    """The best layer on each draw, the first of equals; the only one where nothing decides between layers."""
    if not values.shape[1]:
        return np.zeros(len(values), dtype=np.int64)
    return np.asarray(np.argmax(np.nan_to_num(values, nan=-np.inf), axis=1))


def _moved(found: Sequence[Similarity], counts: Int[ndarray, "draws units"]) -> Float[ndarray, "draws layers"]:
    """Values on draws of the units that influence them."""
    influence = np.array([each.influence for each in found]).reshape(len(found), counts.shape[1])
    return np.asarray([each.value for each in found] + (counts - 1.0) @ influence.T)


def _deviations(values: Float[ndarray, " draws"], assembly: ResponseAssembly) -> Draws:
    units = units_of(assembly.groups, len(assembly.stimulus_ids))
    return deviations(
        values, n_stimuli=int(units.max()) + 1, strata=STRATA, stimulus_set=set_name(assembly.stimulus_ids)
    )
