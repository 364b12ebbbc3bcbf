"""Metrics that compare layers with each subject at each time, on halves of what is compared."""

from abc import abstractmethod
from dataclasses import dataclass

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.timed.course_score import Comparison, LayersOnHalves, ceiling_course, score_of_course
from brainrank.benchmark.metrics.timed.time_resolved import TimeResolvedMetric
from brainrank.benchmark.statistics.halves import FEWEST_UNITS
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.metric import Content
from brainrank.benchmark.types.score import NoiseCeiling, Score

COMPARATORS = (Comparator.RHO_A, Comparator.SPEARMAN, Comparator.CORR)
"""Those that are sums over elements, and 0 by chance, as what is above chance is told; a cosine of distances is not."""


@dataclass(frozen=True)
class ComparedOverTimeMetric(TimeResolvedMetric):
    """A course of comparisons of layers with subjects; `compared` says of what, `layers_compared` how layers have it.

    `comparator` is a parameter of each such metric, with a default of its own.
    """

    comparator: Comparator = Comparator.RHO_A

    @property
    def unit(self) -> str:
        """The comparator."""
        return self.comparator

    @property
    def fewest_units(self) -> int:
        """Four in each half."""
        return FEWEST_UNITS

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against measurements at each time, on the same stimuli in the same order.

        NaN, with the reason, when no layer is defined, or what was measured of a subject does not vary at some time of
        the window. Raises InvalidDataError for fewer than eight stimuli (or groups of them, or contrasts), and for a
        window without times.
        """
        return score_of_course(self.layers_compared(evidence, assembly), self.compared(assembly))

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """That of the window (`ceiling_course`)."""
        return ceiling_course(self.compared(assembly)).of_window

    @abstractmethod
    def compared(self, assembly: Assembly) -> Comparison:
        """What layers are compared with, on both halves."""

    @abstractmethod
    def layers_compared(self, evidence: Content, assembly: Assembly) -> LayersOnHalves:
        """What each layer has of what is compared, on both halves."""
