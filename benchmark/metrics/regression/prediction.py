"""Metrics that predict responses from a layer: which layer, how well, how sure.

The stimuli are split into folds. For each fold the layer is chosen by predictions of the other folds among themselves,
made by models that never saw the fold; its predictions of the fold are then reported. One model per pair of folds
serves the choice for both of them.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.brainscore import NORMALISATIONS
from brainrank.benchmark.metrics.regression.ceiling import PredictionCeilings, prediction_ceilings
from brainrank.benchmark.metrics.regression.folds import assign_folds
from brainrank.benchmark.metrics.regression.interval import median_correlation
from brainrank.benchmark.metrics.regression.layers import Chosen
from brainrank.benchmark.metrics.regression.scores import standardised
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.statistics.uncertainty import CORRELATION, set_name
from brainrank.benchmark.types.activations import LayerGram, names_of, some_of
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Examine,
    Metric,
    layers_of,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling, Score, SpatialScores, TargetScores

# Fewer stimuli than these in a fold make its r a poor one: then there are fewer folds (docs/decisions/encoding.md).
STIMULI_IN_A_FOLD = 6
FEWEST_IN_A_FOLD = 4
UNIT = "median r"


@dataclass(frozen=True)
class PredictionMetric(Metric):
    """The median over targets of the r of predictions of held-out stimuli (docs/decisions/encoding.md).

    `seed` decides the folds and the bootstrap's draws, so that all models share them. Raises InvalidDataError for too
    few folds: where two are held out, enough are left to train on.
    """

    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.RESPONSES,)
    support: ClassVar[tuple[float, float]] = CORRELATION

    folds: int = parameter(
        5, "parts of the stimuli, each predicted from the others; fewer where one would hold fewer than six"
    )
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    def __post_init__(self) -> None:
        if self.folds < self.fewest_folds:
            raise InvalidDataError(
                f"{self.folds} folds are too few to choose a layer by predictions of folds that its models never saw; "
                f"{self.remedy}give at least {self.fewest_folds}"
            )

    @property
    def unit(self) -> str:
        """The median over targets."""
        return UNIT

    def share_of_ceiling(
        self, values: Float[ndarray, "*any"], ceiling: float, convention: Convention
    ) -> Float[ndarray, "*any"]:
        """Brain-Score's conventions square: the ceiling of an encoding is the root of the reliability, on r's scale."""
        if convention not in NORMALISATIONS:
            return super().share_of_ceiling(values, ceiling, convention)
        # Below zero the sign stays: predictions that run against the responses explain nothing of them.
        return np.asarray(np.sign(values) * NORMALISATIONS[convention](values, ceiling**2))

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against responses to the same stimuli in the same order.

        Targets whose responses do not vary are left out of the median. The score is NaN, with the reason, when no layer
        is finite or no target is scored. Raises InvalidDataError as `stimulus_folds`, and for what is no responses.
        """
        return self.score_examined(evidence, assembly, self.correlations)

    def score_examined(self, evidence: Content, assembly: Assembly, examine: Examine) -> Score:
        """Score as `score` does; `examine` finds what `correlations` finds of layers, somewhere else."""
        return self._score(layers_of(evidence, self), of_kind(assembly, ResponseAssembly, self), examine)

    def _score(self, layers: Sequence[LayerGram], assembly: ResponseAssembly, examine: Examine) -> Score:
        responses, folds = self.responses(assembly), self.stimulus_folds(assembly)
        fold_of = folds.fold_of
        ceilings = self._ceilings(assembly)
        ceiling = ceilings.of_median
        finite = [number for number, layer in enumerate(layers) if np.isfinite(layer.row_lengths).all()]
        usable, names = some_of(layers, finite), names_of(some_of(layers, finite))
        if not usable:
            return _undefined("no layer's activations are finite", ceiling)
        chosen, curve = [0] * (int(fold_of.max()) + 1), list[float]()
        by_layer = list[Float[ndarray, " targets"]]()
        if len(usable) > 1:
            examined = examine(usable, responses, folds)
            by_layer = [each.all_folds for each in examined]
            chosen, curve = best_layers(examined), [_median(each) for each in by_layer]
        reported = self.predicted(usable, chosen, responses, fold_of)
        rng = np.random.default_rng([self.seed, len(responses), 1])
        median = median_correlation(
            reported.predictions,
            responses,
            fold_of=fold_of,
            influence=reported.influence,
            rng=rng,
            units=folds.unit_of,
            stimulus_set=set_name(assembly.stimulus_ids),
            draws=self.draws,
        )
        if np.isnan(median.value):
            return _undefined("no target's responses or predictions vary", ceiling)
        won = np.bincount(chosen, minlength=len(usable)) / len(chosen)
        return Score(
            value=median.value,
            unit=UNIT,
            interval=median.interval,
            ceiling=ceiling,
            layers=tuple(names[index] for index in chosen),
            layer_curve=tuple(
                LayerScore(name, value, float(share))
                for name, value, share in zip(names, curve or [median.value], won, strict=True)
            ),
            per_target=TargetScores(
                assembly.targets,
                median.targets.r,
                SpatialScores(
                    ceilings.of_targets,
                    tuple(names),
                    np.stack(by_layer or [median.targets.r]).astype(np.float32),
                    median.target_deviations,
                    median.draws.stimulus_freedom,
                    median.draws.stimulus_set,
                    assembly.positions,
                ),
            ),
            draws=median.draws,
        )

    def responses(self, assembly: ResponseAssembly) -> Float[ndarray, "stimuli targets"]:
        """What is predicted: the mean over the repeats that there are, standardised over all stimuli.

        No score depends on a target's mean or unit; without them no digit is lost to either.
        """
        return np.asarray(standardised(np.nanmean(assembly.responses, axis=1)).values, assembly.responses.dtype)

    @abstractmethod
    def correlations(
        self, layers: Sequence[LayerGram], responses: Float[ndarray, "stimuli targets"], folds: StimulusFolds
    ) -> list[LayerCorrelations]:
        """The r of each layer's predictions within folds, of all folds, and with each in turn left out."""

    @abstractmethod
    def predicted(
        self,
        layers: Sequence[LayerGram],
        chosen: Sequence[int],
        responses: Float[ndarray, "stimuli targets"],
        fold_of: Int[ndarray, " stimuli"],
    ) -> Chosen:
        """Each fold predicted by the layer chosen for it, told by number."""

    def stimulus_folds(self, assembly: ResponseAssembly) -> StimulusFolds:
        """The fold that holds each stimulus out, groups whole: fewer folds where one would hold too few for an r.

        Raises InvalidDataError for too few stimuli, or groups of them, for the fewest folds.
        """
        n_stimuli = len(assembly.stimulus_ids)
        units = units_of(assembly.groups, n_stimuli)
        n_units = int(units.max()) + 1
        folds = self.folds_of(n_units)
        if n_units < self.fewest_units:
            what, fewest = "stimuli" if assembly.groups is None else "groups of stimuli", self.fewest_units
            fewest_folds = self.folds_of(fewest)
            raise InvalidDataError(
                f"{n_units} {what} in {assembly.region}; {self.name} needs at least {fewest}: {fewest_folds} folds of "
                f"{fewest // fewest_folds}"
            )
        rng = np.random.default_rng([self.seed, n_units])
        fold_of = assign_folds(n_stimuli, folds=folds, rng=rng, groups=None if assembly.groups is None else units)
        return StimulusFolds(fold_of, units)

    def folds_of(self, n_units: int) -> int:
        """How many folds so many stimuli, or groups of them, make."""
        return max(min(self.folds, n_units // STIMULI_IN_A_FOLD), self.fewest_folds)

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """The r that the true responses would have with the measured mean; see `prediction_ceilings`."""
        return self._ceilings(of_kind(assembly, ResponseAssembly, self)).of_median

    def _ceilings(self, assembly: ResponseAssembly) -> PredictionCeilings:
        units = units_of(assembly.groups, len(assembly.stimulus_ids))
        return prediction_ceilings(assembly.responses, units=units, rng=np.random.default_rng([self.seed, 2]))

    @property
    def fewest_units(self) -> int:
        """How many stimuli, or groups of them, the fewest folds need."""
        return FEWEST_IN_A_FOLD * self.fewest_folds

    @property
    def fewest_folds(self) -> int:
        """The fewest folds: where two are held out, one is left to train on."""
        return 3

    @property
    def remedy(self) -> str:
        """What else than the number of folds decides the fewest, in words."""
        return ""


def stimuli_to_train_on(stimuli: int, folds: int) -> int:
    """How many are left, at least, where two folds are held out."""
    return stimuli - 2 * -(-stimuli // folds)


def best_layers(examined: Sequence[LayerCorrelations]) -> list[int]:
    """The best layer for each fold, by the other folds alone; the first of equals."""
    medians = np.array([[_median(r) for r in each.without] for each in examined])
    return [int(index) for index in np.argmax(np.nan_to_num(medians, nan=-np.inf), axis=0)]


def _median(r: Float[ndarray, " targets"]) -> float:
    return float(np.median(r[np.isfinite(r)])) if np.isfinite(r).any() else np.nan


def _undefined(reason: str, ceiling: NoiseCeiling) -> Score:
    return Score(np.nan, UNIT, Interval(np.nan, np.nan), ceiling, reason=reason)
