"""Time-resolved RSA: how alike a layer's RDM is to each subject's at each time after the stimulus."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.layers_on_halves import rdms_on_halves
from brainrank.benchmark.metrics.rdms.row_influence import Units
from brainrank.benchmark.metrics.timed.compared_over_time import COMPARATORS, ComparedOverTimeMetric
from brainrank.benchmark.metrics.timed.course_score import (
    STREAM_OF_CEILING,
    STREAM_OF_SCORE,
    ComparedHalf,
    Comparison,
    LayersOnHalves,
)
from brainrank.benchmark.metrics.timed.time_resolved import CEILING_DRAWS
from brainrank.benchmark.statistics.halves import (
    Half,
    counts_of_halves,
    halves_with_units,
)
from brainrank.benchmark.statistics.resampling import counts_of_units
from brainrank.benchmark.types.activations import names_of
from brainrank.benchmark.types.condensed import pairs_among
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import Content, layers_of, of_kind, parameter
from brainrank.benchmark.types.timed_assemblies import TimedRdms


@dataclass(frozen=True)
class TimeResolvedRsaMetric(ComparedOverTimeMetric):
    """RSA at each time (Cichy, Pantazis & Oliva 2014); the score is the mean over a window.

    `seed` decides the halves and the draws, which are those of RSA on the same stimuli and subjects.
    """

    name: ClassVar[str] = "time-resolved-rsa"
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TIMED_RDMS,)
    usual_for: ClassVar[tuple[Measure, ...]] = (Measure.TIMED_RDMS,)
    words: ClassVar[str] = (
        "Time-resolved representational similarity: at each time after a stimulus, does how unlike the model’s "
        "responses to every two stimuli are agree with how unlike the brain’s are? The score is the mean over a window "
        "of time; the course is shown with a band that holds all of it in 95 % of studies. The layer is chosen on one "
        "half of the stimuli and reported on the other, both ways. The noise ceiling is how well the subjects predict "
        "each other at the same time."
    )
    citation: ClassVar[str] = "Cichy, Pantazis & Oliva 2014; Kriegeskorte, Mur & Bandettini 2008"

    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.CORRELATION, "how far apart two patterns of a layer are", choices=tuple(Dissimilarity)
    )
    comparator: Comparator = parameter(Comparator.RHO_A, "how two RDMs are compared", choices=COMPARATORS)

    def require(self, assembly: Assembly) -> None:
        """A time lies in the window. Raises InvalidDataError where none does."""
        self.window(of_kind(assembly, TimedRdms, self).times_ms)

    def layers_compared(self, evidence: Content, assembly: Assembly) -> LayersOnHalves:
        """The RDM of each layer on each half."""
        layers, timed = layers_of(evidence, self), of_kind(assembly, TimedRdms, self)
        return LayersOnHalves(names_of(layers), rdms_on_halves(layers, self._halves(timed), self.dissimilarity))

    def _halves(self, timed: TimedRdms) -> Sequence[Half]:
        return halves_with_units(timed.at(0), seed=self.seed, name=self.name)

    def compared(self, assembly: Assembly) -> Comparison:
        """The RDMs of subjects at each time, on halves and draws of stimuli that are those of RSA."""
        timed = of_kind(assembly, TimedRdms, self)
        halves = self._halves(timed)
        stimuli, first = [half.stimuli for half in halves], timed.at(0)
        drawn = [
            counts_of_halves(stimuli, first, draws=draws, seed=self.seed, stream=stream)
            for draws, stream in ((self.draws, STREAM_OF_SCORE), (CEILING_DRAWS, STREAM_OF_CEILING))
        ]
        return Comparison(
            halves=[
                ComparedHalf(
                    timed.rdms[..., pairs_among(half.stimuli, len(timed.stimulus_ids))],
                    Units.of_pairs(half.units),
                    counts_of_units(counts, half.units),
                    counts_of_units(ceiling_counts, half.units),
                )
                for half, counts, ceiling_counts in zip(halves, *drawn, strict=True)
            ],
            subjects=timed.subjects,
            times_ms=timed.times_ms,
            window=self.window(timed.times_ms),
            layer_choice=self.layer_choice,
            comparator=self.comparator,
            seed=self.seed,
            set_names=timed.stimulus_ids,
        )
