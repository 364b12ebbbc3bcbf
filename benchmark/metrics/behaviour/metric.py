"""The behavioural benchmark metric: whether a model errs on the images that people err on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.aggregation import human_human, scored_conditions
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness, correctness_by_condition, joined
from brainrank.benchmark.metrics.behaviour.details import details, references
from brainrank.benchmark.metrics.behaviour.error_consistency import (
    Convention,
    all_pairs,
    error_consistency,
    resampled_kappa,
)
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.statistics.intervals import bias_corrected_interval, calibrated_resamples
from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts
from brainrank.benchmark.types.score import Detail, Interval, NoiseCeiling, Resamples, Score, SubjectScore
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

CEILING_DRAWS = 200


@dataclass(frozen=True)
class ErrorConsistencyMetric:
    """Mean kappa of a model with each person, by the model-vs-human convention (Geirhos et al. 2020, 2021).

    The ceiling is what one person reaches against another. `excluded` are conditions that do not count. `seed` decides
    the draws, so that all models share them.
    """

    name: ClassVar[str] = "error-consistency"
    evidence: ClassVar[str] = "choices"

    excluded: tuple[str, ...] = ()
    draws: int = 1000
    seed: int = 0

    def score(self, choices: Choices | None, assembly: BehaviouralAssembly) -> Score:
        """Score a model's choices against the people's trials, over the stimuli of each condition that both have.

        Each person's kappa is the mean over conditions. NaN, with the reason, when it is undefined for some person, or
        when the model cannot choose (`choices` is None).
        """
        humans = self._scored(assembly)
        if choices is None:
            return self._unscored("the model has no readout that chooses among the categories", assembly)
        model = model_trials(choices, humans)
        tables = [
            joined(correctness(model, condition=condition), correctness(humans, condition=condition))
            for condition in humans.conditions
        ]
        people = humans.observers
        kappa = np.mean(
            [error_consistency(t.correct, t.shown, convention=Convention.MODEL_VS_HUMAN).kappa[0, 1:] for t in tables],
            axis=0,
        )
        if np.isnan(kappa).any():
            who = ", ".join(person for person, value in zip(people, kappa, strict=True) if np.isnan(value))
            return self._unscored(f"kappa is undefined with {who}: no common trials", assembly)
        value = float(kappa.mean())
        n_stimuli = sum(len(table.stimulus_ids) for table in tables)
        resamples = calibrated_resamples(self._resamples(tables, kappa), value, n_stimuli, len(people))
        return Score(
            value=value,
            unit="kappa",
            interval=bias_corrected_interval(value, resamples),
            ceiling=self.ceiling(assembly),
            per_subject=tuple(map(SubjectScore, people, kappa.tolist())),
            details=details(model, humans),
            resamples=resamples,
        )

    def ceiling(self, assembly: BehaviouralAssembly) -> NoiseCeiling:
        """The mean kappa of two people; it is lower and upper bound alike, and a model may pass it."""
        humans = self._scored(assembly)
        if len(humans.observers) < 2:
            return NoiseCeiling(np.nan, np.nan, "one person's answers have nobody to be compared with")
        between = human_human(humans, conditions=humans.conditions).value
        if np.isnan(between):
            return NoiseCeiling(np.nan, np.nan, "no two people saw the same stimuli")
        return NoiseCeiling(between, between, interval=self._ceiling_interval(humans, between))

    def references(self, assembly: BehaviouralAssembly) -> tuple[Detail, ...]:
        """What people reach on the measures that are told beside the score."""
        return references(self._scored(assembly))

    def _scored(self, assembly: BehaviouralAssembly) -> BehaviouralAssembly:
        return assembly.within(scored_conditions(assembly, excluded=self.excluded))

    def _unscored(self, reason: str, assembly: BehaviouralAssembly) -> Score:
        return Score(
            value=np.nan,
            unit="kappa",
            interval=Interval(np.nan, np.nan),
            ceiling=self.ceiling(assembly),
            details=self.references(assembly),
            reason=reason,
        )

    def _ceiling_interval(self, assembly: BehaviouralAssembly, between: float) -> Interval:
        """Over draws of stimuli within each condition."""
        rng = np.random.default_rng([self.seed, 2])
        pairs = all_pairs(len(assembly.observers))
        drawn = [
            resampled_kappa(
                table.correct,
                table.shown,
                counts=stimulus_counts(len(table.stimulus_ids), draws=CEILING_DRAWS, rng=rng),
                pairs=pairs,
                convention=Convention.MODEL_VS_HUMAN,
            )
            for table in correctness_by_condition(assembly).values()
        ]
        return bias_corrected_interval(between, np.nanmean(np.nanmean(drawn, axis=0), axis=1))

    def _resamples(self, tables: Sequence[Correctness], kappa: Float[ndarray, " people"]) -> Resamples:
        """The score on draws of stimuli (within each condition), of people, and of both."""
        rng = np.random.default_rng([self.seed, len(kappa)])
        pairs = np.array([(0, person) for person in range(1, len(kappa) + 1)])
        drawn = np.mean(
            [
                resampled_kappa(
                    table.correct,
                    table.shown,
                    counts=stimulus_counts(len(table.stimulus_ids), draws=self.draws, rng=rng),
                    pairs=pairs,
                    convention=Convention.MODEL_VS_HUMAN,
                )
                for table in tables
            ],
            axis=0,
        )
        weights = subject_counts(len(kappa), draws=self.draws, rng=rng) / len(kappa)
        return Resamples(drawn.mean(axis=1), weights @ kappa, (weights * drawn).sum(axis=1))
