"""The behavioural benchmark metric: whether a model errs on the images that people err on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.aggregation import (
    Consistency,
    between_people,
    consistency_of,
    scored_conditions,
    with_people,
)
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, drawn_stimuli
from brainrank.benchmark.metrics.behaviour.details import details, references
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    MINIMUM_SHARED,
    UndefinedKappa,
    resampled_kappa,
)
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.behaviour.undefined import undefined_text
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    deviations_of_subject_mean,
    set_name,
    spread,
    student_interval,
)
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    AnswerDrawing,
    Content,
    EvidenceKind,
    Metric,
    choices_of,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Detail, Draws, Interval, NoiseCeiling, Score, SubjectScore
from brainrank.benchmark.types.trials import NO_READOUT, BehaviouralAssembly, Choices

CEILING_DRAWS = 200
UNIT = "kappa"


@dataclass(frozen=True)
class ErrorConsistencyMetric(Metric):
    """Mean kappa of a model with each person, as model-vs-human averages it (Geirhos et al. 2020, 2021).

    The ceiling is what one person reaches against another. `excluded` are conditions that do not count. `convention`
    says what an undefined kappa is. Observers that share fewer than `minimum_shared` trials of a condition are not
    compared there. `seed` decides the draws, so that all models share them.
    """

    name: ClassVar[str] = "error-consistency"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.CHOICES
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TRIALS,)
    usual_for: ClassVar[tuple[Measure, ...]] = (Measure.TRIALS,)
    support: ClassVar[tuple[float, float]] = CORRELATION
    words: ClassVar[str] = (
        "Error consistency: does the model err on the stimuli that people err on, beyond what their accuracies alone "
        "would give? Cohen’s kappa with each person, mean over conditions, then over people. The ceiling is what one "
        "person reaches with another; a model may pass it."
    )
    citation: ClassVar[str] = "Geirhos, Meding & Wichmann 2020; Geirhos et al. 2021"
    # Nobody compares a package with published numbers, so that no pair without errors counts as agreeing.
    declared_defaults: ClassVar[Mapping[str, object]] = {"convention": UndefinedKappa.RAW}
    published: ClassVar[frozenset[Convention]] = frozenset({Convention.MODEL_VS_HUMAN})

    excluded: tuple[str, ...] = parameter((), "conditions that do not count")
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)
    convention: UndefinedKappa = parameter(
        UndefinedKappa.MODEL_VS_HUMAN,
        "what an undefined kappa is: left out (raw), or 1 where two observers always agree (model-vs-human)",
        choices=tuple(UndefinedKappa),
    )
    minimum_shared: int = parameter(
        MINIMUM_SHARED, "trials of a condition that two observers must share to be compared there", least=2
    )

    @property
    def unit(self) -> str:
        """Cohen's kappa."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """Any number: a kappa of too few trials is left out, and said."""
        return 1

    @property
    def drawing(self) -> AnswerDrawing:
        """Answers of the model and of people whose trials count."""
        return AnswerDrawing(self._scored, self._between_people)

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's choices against the people's trials, over the stimuli of each condition that both have.

        Each person's kappa is the mean over the conditions where it is defined, the score the mean over the people who
        have one; details tell the share that is undefined. NaN, with the reason, when nobody has one, or when the model
        cannot choose (`choices` is None).
        """
        return self._score(choices_of(evidence, self), of_kind(assembly, BehaviouralAssembly, self))

    def _score(self, choices: Choices | None, assembly: BehaviouralAssembly) -> Score:
        humans = self._scored(assembly)
        if choices is None:
            return self.unscored(NO_READOUT, assembly)
        model = model_trials(choices, humans)
        people = humans.observers
        tables, pairs = with_people(model, humans)
        found = self._consistency(tables, pairs)
        kappa = found.per_pair("kappa")
        compared = ~np.isnan(kappa)
        if not compared.any():
            return self.unscored(f"kappa is undefined with everybody: {self._missing(found)}", assembly)
        value = float(kappa[compared].mean())
        rng = np.random.default_rng([self.seed, len(people)])
        drawn = self._drawn(found, tables, assembly, draws=self.draws, rng=rng, convention=self.convention)[:, compared]
        who = [person for person, each in zip(people, compared, strict=True) if each]
        draws = self._draws(kappa[compared], drawn, tables, assembly, who, rng)
        return Score(
            value=value,
            unit=UNIT,
            interval=student_interval(value, spread([draws]), support=CORRELATION),
            ceiling=self.ceiling(assembly),
            per_subject=tuple(map(SubjectScore, people, kappa.tolist())),
            details=details(model, humans, minimum=self.minimum_shared),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """The mean kappa of two people; it is lower and upper bound alike, and a model may pass it.

        Whether it can be told from zero is decided on the `raw` convention, whatever the ceiling's own: a pair that
        made no error tells nothing.
        """
        humans = self._scored(of_kind(assembly, BehaviouralAssembly, self))
        if len(humans.observers) < 2:
            return NoiseCeiling(np.nan, np.nan, "one person's answers have nobody to be compared with")
        tables, pairs = between_people(humans)
        found = self._consistency(tables, pairs)
        between, reason = found.mean("kappa"), self._missing(found)
        if np.isnan(between):
            return NoiseCeiling(np.nan, np.nan, f"no two people can be compared: {reason}")
        interval = self._ceiling_interval(found, tables, humans, self.convention)
        deciding = None
        if self.convention is not UndefinedKappa.RAW:
            raw = consistency_of(tables, pairs, convention=UndefinedKappa.RAW, minimum=self.minimum_shared)
            deciding = self._ceiling_interval(raw, tables, humans, UndefinedKappa.RAW)
        return NoiseCeiling(between, between, reason, interval=interval, raw_interval=deciding)

    def references(self, assembly: Assembly) -> tuple[Detail, ...]:
        """What people reach on the measures that are told beside the score."""
        return references(self._scored(of_kind(assembly, BehaviouralAssembly, self)), minimum=self.minimum_shared)

    def _scored(self, assembly: BehaviouralAssembly) -> BehaviouralAssembly:
        return assembly.within(scored_conditions(assembly, excluded=self.excluded))

    def _between_people(self, humans: BehaviouralAssembly) -> Float[ndarray, " pairs"]:
        """The kappa of each pair of people who have one, as the ceiling is made of them; empty for one person."""
        if len(humans.observers) < 2:
            return np.empty(0)
        kappa = self._consistency(*between_people(humans)).per_pair("kappa")
        return np.asarray(kappa[~np.isnan(kappa)])

    def _consistency(self, tables: Mapping[str, Correctness], pairs: Int[ndarray, "pairs 2"]) -> Consistency:
        return consistency_of(tables, pairs, convention=self.convention, minimum=self.minimum_shared)

    def _missing(self, found: Consistency) -> str:
        """How many kappas are undefined or of too few trials, in words."""
        conditions = len(found.by_condition)
        return undefined_text(
            found.counts, convention=self.convention, minimum=self.minimum_shared, conditions=conditions
        )

    def _drawn(
        self,
        found: Consistency,
        tables: Mapping[str, Correctness],
        assembly: BehaviouralAssembly,
        *,
        draws: int,
        rng: np.random.Generator,
        convention: UndefinedKappa,
    ) -> Float[ndarray, "draws pairs"]:
        """Each pair's mean over conditions on draws of stimuli within each condition; NaN where it has none.

        Groups of stimuli, which may lie in several conditions, are drawn from all of them at once.
        """
        shown = list(tables.values())
        drawn = [
            resampled_kappa(table.correct, table.shown, counts=counts, pairs=found.pairs, convention=convention)
            for table, counts in zip(shown, drawn_stimuli(shown, assembly.group_of, draws, rng), strict=True)
        ]
        left_out = np.isnan(found.values("kappa"))
        return mean_of_defined(np.where(left_out[:, None, :], np.nan, np.stack(drawn)))

    def _draws(
        self,
        fixed: Float[ndarray, " people"],
        drawn: Float[ndarray, "draws people"],
        tables: Mapping[str, Correctness],
        assembly: BehaviouralAssembly,
        people: Sequence[str],
        rng: np.random.Generator,
    ) -> Draws:
        """How a mean over people deviates on draws of stimuli, of people, and of both."""
        ids = [each for table in tables.values() for each in table.stimulus_ids]
        group_of = assembly.group_of
        return deviations_of_subject_mean(
            fixed,
            drawn,
            n_stimuli=len(ids) if group_of is None else len({group_of.get(each, each) for each in ids}),
            strata=len(tables) if group_of is None else 1,
            stimulus_set=set_name(ids),
            subjects=people,
            rng=rng,
        )

    def _ceiling_interval(
        self,
        found: Consistency,
        tables: Mapping[str, Correctness],
        humans: BehaviouralAssembly,
        convention: UndefinedKappa,
    ) -> Interval:
        """Over draws of stimuli, and of people: each has 2 m - M, m the mean of its pairs and M that of all.

        Their mean is M, and they vary as M does with one person more or less (Hoeffding 1948).
        """
        rng = np.random.default_rng([self.seed, 2])
        people = humans.observers
        fixed = found.per_pair("kappa")
        drawn = self._drawn(found, tables, humans, draws=CEILING_DRAWS, rng=rng, convention=convention)
        own = [_of_person(values, found.pairs, len(people)) for values in (fixed[None], drawn)]
        some = np.isfinite(own[0][0])
        who = [person for person, each in zip(people, some, strict=True) if each]
        draws = self._draws(own[0][0, some], own[1][:, some], tables, humans, who, rng)
        return student_interval(found.mean("kappa"), spread([draws]), support=CORRELATION)


def _of_person(
    kappa: Float[ndarray, "draws pairs"], pairs: Int[ndarray, "pairs 2"], people: int
) -> Float[ndarray, "draws people"]:
    """Twice the mean of each person's pairs less the mean of all; NaN for one without a pair that has a value."""
    everybody = mean_of_defined(kappa.T)
    own = [mean_of_defined(kappa[:, (pairs == person).any(axis=1)].T) for person in range(people)]
    return np.asarray(2 * np.stack(own, axis=1) - everybody[:, None])
