"""Time-resolved contrasts: whether a layer tells apart what each subject's brain tells apart, at each time."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.row_influence import Units
from brainrank.benchmark.metrics.timed.compared_over_time import COMPARATORS, ComparedOverTimeMetric
from brainrank.benchmark.metrics.timed.contrast_distances import contrast_distances
from brainrank.benchmark.metrics.timed.course_score import (
    STREAM_OF_CEILING,
    STREAM_OF_SCORE,
    ComparedHalf,
    Comparison,
    LayersOnHalves,
)
from brainrank.benchmark.metrics.timed.time_resolved import CEILING_DRAWS
from brainrank.benchmark.statistics.halves import FEWEST_UNITS, divide_in_halves
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.types.activations import names_of
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import Content, layers_of, of_kind, parameter
from brainrank.benchmark.types.timed_assemblies import TimedContrasts


@dataclass(frozen=True)
class TimeResolvedContrastsMetric(ComparedOverTimeMetric):
    """How far apart a layer has the sides of each contrast, against how well each subject's brain tells them apart.

    The score is the mean over a window. `seed` decides the halves and the draws.
    """

    name: ClassVar[str] = "time-resolved-contrasts"
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TIMED_CONTRASTS,)
    declarable: ClassVar[tuple[Measure, ...] | None] = ()
    words: ClassVar[str] = (
        "Time-resolved contrasts: images with some features are set against images with others. Are the contrasts that "
        "the brain tells apart well at a time those whose sides are far apart in the model? Distances are "
        "cross-validated over the features that are not contrasted. The score is the mean over a window of time. The "
        "layer is chosen on one half of the contrasts and reported on the other, both ways; the noise ceiling is how "
        "well the subjects predict each other at the same time. Intervals are over subjects, and over contrasts as if "
        "each stood for itself."
    )
    citation: ClassVar[str] = "Grootswagers, Robinson, Shatek & Carlson 2024; Walther et al. 2016"

    comparator: Comparator = parameter(Comparator.SPEARMAN, "how contrasts are compared", choices=COMPARATORS)

    def require(self, assembly: Assembly) -> None:
        """A time lies in the window. Raises InvalidDataError where none does."""
        self.window(of_kind(assembly, TimedContrasts, self).times_ms)

    def layers_compared(self, evidence: Content, assembly: Assembly) -> LayersOnHalves:
        """How far apart each layer has the sides of the contrasts of each half; errors as of `contrast_distances`."""
        layers, timed = layers_of(evidence, self), of_kind(assembly, TimedContrasts, self)
        distances = np.stack([contrast_distances(layer, timed.sides, timed.contexts) for layer in layers])
        return LayersOnHalves(names_of(layers), [distances[:, half] for half in self._halves(timed)])

    def _halves(self, timed: TimedContrasts) -> tuple[Int[ndarray, " _"], Int[ndarray, " _"]]:
        n = len(timed.contrasts)
        if n < FEWEST_UNITS:
            raise InvalidDataError(
                f"{n} contrasts in {timed.region}: a layer is chosen on one half and reported on the other, so "
                f"{self.name} needs at least {FEWEST_UNITS}"
            )
        return divide_in_halves(np.arange(n), rng=np.random.default_rng([self.seed, n]))

    def compared(self, assembly: Assembly) -> Comparison:
        """How well each subject tells contrasts apart at each time, on halves and draws of contrasts."""
        timed = of_kind(assembly, TimedContrasts, self)
        halves = self._halves(timed)
        rngs = [np.random.default_rng([self.seed, stream]) for stream in (STREAM_OF_SCORE, STREAM_OF_CEILING)]
        drawn = [
            [stimulus_counts(len(half), draws=draws, rng=rng) for half in halves]
            for draws, rng in zip((self.draws, CEILING_DRAWS), rngs, strict=True)
        ]
        return Comparison(
            halves=[
                ComparedHalf(timed.values[..., half], Units.of_elements(len(half)), counts, ceiling_counts)
                for half, counts, ceiling_counts in zip(halves, *drawn, strict=True)
            ],
            subjects=timed.subjects,
            times_ms=timed.times_ms,
            window=self.window(timed.times_ms),
            layer_choice=self.layer_choice,
            comparator=self.comparator,
            seed=self.seed,
            set_names=timed.contrasts,
        )
