"""Metric: what scores a model against what was measured, and everything that is to be known of it.

A metric is a frozen dataclass in a file of its own, `benchmark/metrics/NAME.py`, and is found there
(benchmark/scoring/metric_catalogue.py). It says what it takes of a model, which measurements it fits, its unit and
range, its words and their source, how it is drawn, and what each of its parameters means; whoever needs to know asks
it. How to add one: docs/architecture.md.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.activations import Layer, LayerFeatures, LayerGram, StoredLayers
from brainrank.benchmark.types.assemblies import NeuralAssembly, RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds
from brainrank.benchmark.types.measure import Assembly, Measure, measure_of
from brainrank.benchmark.types.score import Detail, Interval, NoiseCeiling, Score
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

Content = Sequence[LayerGram] | Sequence[LayerFeatures] | Choices | None
"""What a model is scored by: its layers' Gram matrices, some of their features, its choices, or None where it cannot
choose."""

Measured = TypeVar("Measured", bound=Assembly)


class EvidenceKind(StrEnum):
    """What a metric takes of a model.

    ACTIVATIONS: Gram matrices of its layers' features; PROJECTIONS: those of sparse random projections of them; UNITS:
    features of each layer, at most a thousand drawn at random (benchmark/activations/reduction.py); CHOICES: what it
    chose, with probabilities.
    """

    ACTIVATIONS = "activations"
    PROJECTIONS = "projections"
    UNITS = "units"
    CHOICES = "choices"


@dataclass(frozen=True)
class RdmDrawing:
    """A score that is shown by the RDMs of model and brain beside each other, in this dissimilarity."""

    dissimilarity: Dissimilarity
    rdms: Callable[[NeuralAssembly], RdmAssembly]
    """The RDMs that are compared, of what was measured."""


@dataclass(frozen=True)
class AnswerDrawing:
    """A score that is shown by the answers of model and people beside each other."""

    people: Callable[[BehaviouralAssembly], BehaviouralAssembly]
    """The trials that count."""
    between_people: Callable[[BehaviouralAssembly], Float[ndarray, " pairs"]]
    """What each two people reach who can be compared."""


Drawing = RdmDrawing | AnswerDrawing | None
"""What is drawn besides value, interval, ceiling, layer curve and targets, which are drawn of any score."""

Examine = Callable[[Sequence[LayerGram], Float[ndarray, "stimuli targets"], StimulusFolds], Sequence[LayerCorrelations]]


@runtime_checkable
class SharedScoring(Protocol):
    """A score whose layers several workers examine, each on some of the targets, to the bits of one worker's."""

    def responses(self, assembly: ResponseAssembly) -> Float[ndarray, "stimuli targets"]:
        """What is predicted."""

    def stimulus_folds(self, assembly: ResponseAssembly) -> StimulusFolds:
        """Which stimuli are held out together."""

    def correlations(
        self, layers: Sequence[LayerGram], responses: Float[ndarray, "stimuli targets"], folds: StimulusFolds
    ) -> list[LayerCorrelations]:
        """How well each layer predicts these targets, all or some of them."""

    def score_examined(self, evidence: Content, assembly: Assembly, examine: Examine) -> Score:
        """The score, by what `examine` finds of the layers."""


def parameter(default: Any, meaning: str, *, least: int | None = None, choices: Sequence[str] = ()) -> Any:
    """A metric's parameter: what it is in words, its least value, and the names it is chosen from."""
    return field(default=default, metadata={"meaning": meaning, "least": least, "choices": tuple(choices)})


SEED = "decides splits and draws, the same for all models"
DRAWS = "bootstrap draws behind the interval"
LEAST_DRAWS = 40


class Metric(ABC):
    """Frozen parameters, a score of a model against an assembly, and that assembly's ceiling.

    `name` is what packages, receipts and the command line call it. `measures` are what it fits, `declarable` those of a
    package of one's own data (none unless told: all it fits). `support` is the range of its values. `words` say what it
    asks and what its ceiling is, `citation` whose it is. `declared_defaults` are what its parameters are in a package
    unless that sets them, where that differs; `usual_for` are the measurements of a package that it scores unless
    another metric is named. Under the conventions of `published` its raw values are the published. `seed`
    is that of its splits and draws. A metric is a frozen dataclass whose fields are made by `parameter`.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    name: ClassVar[str]
    evidence: ClassVar[EvidenceKind]
    measures: ClassVar[tuple[Measure, ...]]
    declarable: ClassVar[tuple[Measure, ...] | None] = None
    support: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    words: ClassVar[str]
    citation: ClassVar[str]
    usual_for: ClassVar[tuple[Measure, ...]] = ()
    declared_defaults: ClassVar[Mapping[str, object]] = {}
    published: ClassVar[frozenset[Convention]] = frozenset()

    seed: int

    @property
    @abstractmethod
    def unit(self) -> str:
        """The unit of its values."""

    @property
    @abstractmethod
    def fewest_units(self) -> int:
        """The fewest stimuli, or groups of stimuli, that it scores on."""

    @property
    def drawing(self) -> Drawing:
        """What is drawn beside the score."""
        return None

    @property
    def shared(self) -> SharedScoring | None:
        """How several workers make one score; None where one alone does."""
        return None

    @abstractmethod
    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers, or choices, against an assembly on the same stimuli in the same order.

        Raises InvalidDataError for an assembly, or evidence, of a kind that the metric does not take.
        """

    @abstractmethod
    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """Return the best score the assembly allows."""

    def references(self, _assembly: Assembly) -> tuple[Detail, ...]:
        """Return what people reach on each measure told beside a score; empty where there is none."""
        return ()

    def expected_seconds(self, _evidence: Content, _assembly: Assembly) -> float | None:
        """Return about how long a score takes here with nothing stored; None where it is too short to ask."""
        return None

    def device_bytes(self, _assembly: Assembly) -> int | None:
        """Return the memory that a score takes of a device, at most; None where it is computed by NumPy alone."""
        return None

    def require(self, assembly: Assembly) -> None:  # noqa: B027 most metrics have a value wherever they fit
        """Raise InvalidDataError, before anything is scored, for an assembly on which no model has a value."""

    def unscored(self, reason: str, assembly: Assembly) -> Score:
        """A score without a value: the reason, the ceiling, and what people reach."""
        nothing = Interval(np.nan, np.nan)
        return Score(
            np.nan, self.unit, nothing, self.ceiling(assembly), details=self.references(assembly), reason=reason
        )

    def share_of_ceiling(
        self, values: Float[ndarray, "*any"], ceiling: float, _convention: Convention
    ) -> Float[ndarray, "*any"]:
        """Return values as shares of a ceiling above zero, on the scale of a convention."""
        return np.asarray(values / ceiling)

    @classmethod
    def fits(cls, measure: str) -> bool:
        """Whether a package may declare it for what a region has measured."""
        return measure in (cls.measures if cls.declarable is None else cls.declarable)


def layers_of(evidence: Content, metric: Metric) -> Sequence[LayerGram]:
    """Evidence as the Gram matrices it is. Raises InvalidDataError for other evidence."""
    return _of_layers(evidence, LayerGram, metric)


def units_of_layers(evidence: Content, metric: Metric) -> Sequence[LayerFeatures]:
    """Evidence as the features of units it is. Raises InvalidDataError for other evidence."""
    return _of_layers(evidence, LayerFeatures, metric)


def _of_layers(evidence: Content, kind: type[Layer], metric: Metric) -> Sequence[Layer]:
    if evidence is None or isinstance(evidence, Choices):
        raise InvalidDataError(f"{metric.name} scores {metric.evidence}; it was given choices")
    layers = evidence if isinstance(evidence, StoredLayers) else [each for each in evidence if isinstance(each, kind)]
    if len(layers) < len(evidence):
        raise InvalidDataError(f"{metric.name} scores {metric.evidence}; it was given other evidence of layers")
    return layers


def choices_of(evidence: Content, metric: Metric) -> Choices | None:
    """Evidence as the choices it is, None for a model that makes none. Raises InvalidDataError for layers."""
    if evidence is not None and not isinstance(evidence, Choices):
        raise InvalidDataError(f"{metric.name} scores {metric.evidence}; it was given layers")
    return evidence


def neural(assembly: Assembly, metric: Metric) -> NeuralAssembly:
    """An assembly as the RDMs or responses it is. Raises InvalidDataError for another kind."""
    if not isinstance(assembly, RdmAssembly | ResponseAssembly):
        raise _wrong_measure(assembly, metric)
    return assembly


def of_kind(assembly: Assembly, kind: type[Measured], metric: Metric) -> Measured:
    """An assembly as the kind that it is. Raises InvalidDataError for another kind."""
    if not isinstance(assembly, kind):
        raise _wrong_measure(assembly, metric)
    return assembly


def _wrong_measure(assembly: Assembly, metric: Metric) -> InvalidDataError:
    return InvalidDataError(
        f"{metric.name} is of {' or '.join(metric.measures)}; it was given {measure_of(assembly)}: declare a metric "
        "that fits"
    )
