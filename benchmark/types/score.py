"""Score: a number with its interval, its ceiling and the reason when there is no number."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.brain_space import TargetPositions
from brainrank.benchmark.types.trials import Choices

if TYPE_CHECKING:
    from brainrank.benchmark.types.course import Course

NO_INTERVAL = (
    "fewer than 40 of the draws have a value: there is one stimulus (or one group of them) to draw from, or most draws "
    "leave it undefined"
)


@dataclass(frozen=True)
class Interval:
    """A bootstrap interval at `level` (0.95 unless told); NaN where there is none, of which `reason` says why."""

    low: float
    high: float
    level: float = 0.95

    @property
    def reason(self) -> str:
        """Why a value has no interval; nothing where there is one."""
        return NO_INTERVAL if math.isnan(self.low) else ""


@dataclass(frozen=True)
class NoiseCeiling:
    """The best score the data allow: `lower` against the other subjects, `upper` against the pool of all.

    Both are NaN, with the reason, where the data have no repeats to tell it from; beside a ceiling, `reason` says what
    was left out of it. `interval` is that of `lower` over draws of stimuli. `raw_interval` is there where a convention
    gives undefined values a number: the interval without them, which alone says whether the ceiling differs from zero.
    """

    lower: float
    upper: float
    reason: str = ""
    interval: Interval | None = None
    raw_interval: Interval | None = None

    @property
    def unreliable(self) -> bool:
        """Whether the ceiling cannot be told from zero: then the data tell no two models apart, and rank nobody.

        One whose interval has no numbers cannot be told from anything.
        """
        deciding = self.interval if self.raw_interval is None else self.raw_interval
        return deciding is not None and not deciding.low > 0


@dataclass(frozen=True)
class LayerScore:
    """One point of the layer curve: the layer's score, taken as the model's is but without a choice. It never is that.

    `won` is how often the layer was the one chosen: of draws and halves (RSA, veRSA) or of folds (encoding).
    """

    layer: str
    value: float
    won: float = 0.0


@dataclass(frozen=True)
class SubjectScore:
    """The reported score against one subject."""

    subject: str
    value: float


@dataclass(frozen=True, eq=False)
class TargetScores:
    """The reported score of each target (neuron, voxel); NaN where it is unscored.

    `spatial` is what maps are made of, beside the values.
    """

    targets: tuple[str, ...]
    values: Float[ndarray, " targets"]
    spatial: "SpatialScores | None" = None


@dataclass(frozen=True, eq=False)
class SpatialScores:
    """Of each target: its noise ceiling, each layer's score without a choice, how its score deviates, where it lies.

    `ceilings` are NaN where the data have no repeats. `deviations` on the first draws have the variance of a score over
    new stimuli, NaN where a target is unscored; `freedom` are the degrees of freedom that stimuli leave to it. Models
    scored on the same `stimulus_set` have the same draws. `positions` are None where nobody knows them, `deviations`
    where only the rest was read from a database.
    """

    ceilings: Float[ndarray, " targets"]
    layers: tuple[str, ...]
    layer_values: Float[ndarray, "layers targets"]
    deviations: Float[ndarray, "draws targets"] | None
    freedom: int
    stimulus_set: str
    positions: TargetPositions | None


@dataclass(frozen=True)
class Detail:
    """A number told beside the score, and what people reach on the same measure (NaN where nobody knows)."""

    name: str
    value: float
    reference: float = np.nan


@dataclass(frozen=True, eq=False)
class Draws:
    """How a score deviates from itself on the bootstrap's draws, by what was drawn: `statistics.uncertainty`.

    `deviations` are those due to stimuli, to subjects, and to both together (rows), NaN where undefined; those of a
    difference are differences of them, and those of a mean means. Variances over stimuli and over subjects have these
    degrees of freedom, the latter 0 where no subjects were drawn. Draws of the same `stimulus_set` and `subject_set`
    are the same.
    """

    deviations: Float[ndarray, "3 draws"]
    stimulus_freedom: int
    subject_freedom: int
    stimulus_set: str
    subject_set: str


@dataclass(frozen=True)
class Score:
    """What a benchmark says of a model. `value` is NaN exactly when `reason` says why.

    `layers` are the layers the score was reported from, one per half of the stimuli. `draws` are how it deviates on the
    bootstrap draws that all models share: comparisons of models are made from them. `choices` are what a model that
    chooses was scored by. `course` is the score at each time, of which `value` is the mean over a window.
    """

    value: float
    unit: str
    interval: Interval
    ceiling: NoiseCeiling
    layers: tuple[str, ...] = ()
    layer_curve: tuple[LayerScore, ...] = ()
    per_subject: tuple[SubjectScore, ...] = ()
    per_target: TargetScores | None = field(default=None, compare=False)
    details: tuple[Detail, ...] = ()
    draws: Draws | None = field(default=None, compare=False)
    choices: Choices | None = field(default=None, compare=False)
    course: "Course | None" = field(default=None, compare=False)
    reason: str = ""

    @property
    def missing(self) -> str:
        """Why there is no value, or no interval of it; nothing where both are there."""
        return self.reason or self.interval.reason
