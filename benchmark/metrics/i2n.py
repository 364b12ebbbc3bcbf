"""The I2n metric: whether the same images are hard to tell from the same other things for a model and for people."""

import zlib
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.alignment.similarity import jackknifed
from brainrank.benchmark.metrics.behaviour.i2n import consistency, hit_rates_from_probabilities, i2n
from brainrank.benchmark.metrics.behaviour.probabilities import aligned_probabilities
from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts, units_of
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    MINIMUM_SUBJECTS,
    deviations,
    set_name,
    spread,
    student_interval,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    choices_of,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Draws, Interval, NoiseCeiling, Score
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices, why_no_probabilities

CEILING_DRAWS = 200
FEWEST_UNITS = 8
UNIT = "r"


class _People(NamedTuple):
    """How often each observer gave each answer to each image, and the true category of each."""

    stimulus_ids: tuple[str, ...]
    truth: Int[ndarray, " images"]
    answers: Float[ndarray, "observers images categories"]
    units: Int[ndarray, " images"]

    def pattern(self, weights: Float[ndarray, " observers"] | Int[ndarray, " observers"]) -> Float[ndarray, "_ _"]:
        """I2n of observers taken together, each so often."""
        return i2n(hit_rates_from_probabilities(np.tensordot(weights, self.answers, axes=1), self.truth), self.truth)


@dataclass(frozen=True)
class I2nMetric(Metric):
    """Pearson r of the model's and people's I2n patterns, over images and distractors (Rajalingham et al. 2018).

    Image i of category t has for distractor d the hit rate p_t / (p_t + p_d), of the model's probabilities or of the
    answers that people gave; `behaviour.i2n` has the rules. People are pooled, and what was done to an image is in it
    already, so that conditions are, too.
    """

    name: ClassVar[str] = "i2n"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.CHOICES
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TRIALS,)
    support: ClassVar[tuple[float, float]] = CORRELATION
    words: ClassVar[str] = (
        "I2n, the pattern of discriminability: which images of an object are hard to tell from which other objects, "
        "beyond what holds for all images of the object, and is that so for the model as for people? The correlation "
        "of both patterns over images and distractors. Unrelated patterns have 0. The noise ceiling is what a model "
        "without noise reaches that is as people are: the root of the reliability of people’s pattern, from random "
        "halves of them."
    )
    citation: ClassVar[str] = "Rajalingham, Issa, Bashivan, Kar, Schmidt & DiCarlo 2018"

    splits: int = parameter(10, "random halves of the people behind the ceiling", least=1)
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    @property
    def unit(self) -> str:
        """A correlation."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """Of fewer images there is hardly an interval."""
        return FEWEST_UNITS

    def require(self, assembly: Assembly) -> None:
        """Raise InvalidDataError for people who chose among fewer than two categories."""
        found = of_kind(assembly, BehaviouralAssembly, self)
        if len(found.categories) < 2:
            raise InvalidDataError(f"i2n is of images of two categories or more; all are {found.categories[0]}")

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's probabilities on the images that people judged.

        NaN, with the reason, when the model has none (it cannot choose, or its choices were recorded without), or a
        pattern does not vary. Raises InvalidDataError when it lacks images or categories.
        """
        choices, found = choices_of(evidence, self), of_kind(assembly, BehaviouralAssembly, self)
        self.require(found)
        if choices is None or choices.probabilities is None:
            return self.unscored(why_no_probabilities(choices), found)
        return self._score(choices, choices.probabilities, found)

    def _score(
        self, choices: Choices, probabilities: Float[ndarray, "images names"], assembly: BehaviouralAssembly
    ) -> Score:
        people = _people(assembly)
        predicted = aligned_probabilities(choices, probabilities, people.stimulus_ids, assembly.categories)
        model = i2n(hit_rates_from_probabilities(predicted, people.truth), people.truth)
        everyone = np.ones(len(people.answers))
        pooled = people.pattern(everyone)
        value = consistency(model, pooled)
        if value.reason:
            return self.unscored(value.reason, assembly)
        without = [consistency(model, people.pattern(everyone - one)).value for one in np.eye(len(everyone))]
        draws = self._draws(value.value, _influence(model, pooled, people.units), np.array(without), people, assembly)
        return Score(
            value=value.value,
            unit=UNIT,
            interval=student_interval(value.value, spread([draws]), support=CORRELATION),
            ceiling=self.ceiling(assembly),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """sqrt(2 r / (1 + r)), r of the patterns of random halves of the people, mean over splits; minus that of |r|
        where halves contradict each other. NaN, with the reason, for one person.
        """
        people = _people(of_kind(assembly, BehaviouralAssembly, self))
        n = len(people.answers)
        if n < 2:
            return NoiseCeiling(np.nan, np.nan, "one person was asked, whose noise cannot be told")
        rng = np.random.default_rng([self.seed, 1])
        found, influence = [], []
        for _ in range(self.splits):
            half = np.isin(np.arange(n), rng.permutation(n)[: n // 2]).astype(np.float64)
            first, second = people.pattern(half), people.pattern(1 - half)
            found.append(consistency(first, second).value)
            influence.append(_influence(first, second, people.units))
        r = float(np.mean(found))
        if not np.isfinite(r):
            return NoiseCeiling(np.nan, np.nan, "the pattern of a half of the people does not vary")
        counts = self._counts(people, CEILING_DRAWS, stream=2)
        drawn = r + (counts - 1) @ np.mean(influence, axis=0)
        spread_of_r = spread([deviations(drawn, n_stimuli=len(counts[0]), stimulus_set="")])
        ends = student_interval(r, spread_of_r, support=CORRELATION)
        best, low, high = (_best_r(each) for each in (r, ends.low, ends.high))
        reason = "" if r > 0 else "halves of the people do not agree with each other"
        return NoiseCeiling(best, best, reason, Interval(low, high, ends.level))

    def _counts(self, people: _People, draws: int, *, stream: int) -> Int[ndarray, "draws units"]:
        n_units = int(people.units.max()) + 1
        return stimulus_counts(n_units, draws=draws, rng=np.random.default_rng([self.seed, stream, n_units]))

    def _draws(
        self,
        value: float,
        of_images: Float[ndarray, " units"],
        without: Float[ndarray, " observers"],
        people: _People,
        assembly: BehaviouralAssembly,
    ) -> Draws:
        """The score on draws of images, of people, and of both, each moving it to first order."""
        names = assembly.observers
        moved = (self._counts(people, self.draws, stream=0) - 1) @ of_images
        of_people = both = None
        if len(names) >= MINIMUM_SUBJECTS and np.isfinite(without).all():
            rng = np.random.default_rng([self.seed, zlib.crc32("\n".join(names).encode())])
            of_people = (subject_counts(len(names), draws=self.draws, rng=rng) - 1) @ jackknifed(without)
            both = value + moved + of_people
            of_people = value + of_people
        return deviations(
            value + moved,
            n_stimuli=len(of_images),
            stimulus_set=set_name(people.stimulus_ids),
            subjects=of_people,
            both=both,
            n_subjects=len(names),
            subject_set=set_name(names),
        )


def _people(assembly: BehaviouralAssembly) -> _People:
    ids, first, image = np.unique(assembly.stimulus_id, return_index=True, return_inverse=True)
    categories, names = list(assembly.categories), assembly.observers
    answered = np.isin(assembly.response, categories)
    answers = np.zeros((len(names), len(ids), len(categories)))
    observer = np.searchsorted(names, assembly.observer[answered])
    response = np.searchsorted(categories, assembly.response[answered])
    np.add.at(answers, (observer, image[answered], response), 1.0)
    truth = np.searchsorted(categories, assembly.category[first])
    groups = assembly.group_of or {}
    stimulus_ids = tuple(map(str, ids))
    return _People(stimulus_ids, truth, answers, units_of([groups.get(each, each) for each in stimulus_ids], len(ids)))


def _influence(
    first: Float[ndarray, "images categories"],
    second: Float[ndarray, "images categories"],
    units: Int[ndarray, " images"],
) -> Float[ndarray, " units"]:
    """How much each unit's cells move r, to first order: sum of x y - r (x^2 + y^2) / 2 over all cells' number."""
    cells = ~(np.isnan(first) | np.isnan(second))
    moved = np.zeros(first.shape)
    x, y = (each[cells] - each[cells].mean() for each in (first, second))
    scale_x, scale_y = x.std(), y.std()
    if scale_x > 0 and scale_y > 0:
        x, y = x / scale_x, y / scale_y
        moved[cells] = (x * y - (x @ y / len(x)) * (x**2 + y**2) / 2) / len(x)
    return np.bincount(units, weights=moved.sum(axis=1))


def _best_r(reliability: float) -> float:
    """What a pattern without noise reaches, by the r of two halves; nothing is below -1."""
    corrected = 2 * reliability / (1 + reliability) if reliability > -1 else -1.0
    return float(np.sign(corrected) * np.sqrt(min(abs(corrected), 1.0)))
