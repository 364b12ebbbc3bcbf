"""The encoding benchmark metric: which layer predicts the responses, how well, how sure.

The stimuli are split into folds. For each fold the layer is chosen by predictions of the other folds among themselves,
made by models that never saw the fold; its predictions of the fold are then reported. One model per pair of folds
serves the choice for both of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.encoding.ceiling import prediction_ceiling
from brainrank.benchmark.metrics.encoding.folds import assign_folds
from brainrank.benchmark.metrics.encoding.interval import median_correlation
from brainrank.benchmark.metrics.encoding.ridge import Selection, ridge_from_gram
from brainrank.benchmark.metrics.encoding.scores import target_scores
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.score import Detail, Interval, LayerScore, NoiseCeiling, Score, TargetScores


@dataclass(frozen=True)
class EncodingMetric:
    """Ridge from all features of a layer to each target (docs/decisions/encoding.md); the score is the median r.

    `seed` decides the folds and the bootstrap's draws, so that all models share them.
    """

    name: ClassVar[str] = "encoding"

    folds: int = 5
    selection: str = "loo"
    draws: int = 1000
    seed: int = 0

    def score(self, layers: Sequence[LayerGram], assembly: ResponseAssembly) -> Score:
        """Score a model's layers against responses to the same stimuli in the same order.

        Targets whose responses do not vary are left out of the median. The score is NaN, with the reason, when no layer
        is finite or no target is scored.
        """
        responses = np.nanmean(assembly.responses, axis=1)
        fold_of = self._folds(len(responses))
        ceiling = self.ceiling(assembly)
        usable = [layer for layer in layers if np.isfinite(layer.gram).all()]
        if not usable:
            return _undefined("no layer's activations are finite", ceiling)
        held_out = [self._predict(layer, responses, fold_of) for layer in usable]
        curve = [_median_r(predictions, responses, fold_of) for predictions in held_out]
        chosen = self._choose(usable, responses, fold_of)
        won = np.bincount(chosen, minlength=len(usable)) / self.folds
        layer_curve = tuple(
            LayerScore(layer.layer, value, float(share)) for layer, value, share in zip(usable, curve, won, strict=True)
        )
        reported = np.empty_like(responses)
        for fold, index in enumerate(chosen):
            reported[fold_of == fold] = held_out[index][fold_of == fold]
        rng = np.random.default_rng([self.seed, len(responses), 1])
        median = median_correlation(reported, responses, fold_of=fold_of, rng=rng, draws=self.draws)
        if np.isnan(median.value):
            return _undefined("no target's responses or predictions vary", ceiling)
        return Score(
            value=median.value,
            unit="median r",
            interval=median.interval,
            ceiling=ceiling,
            layers=tuple(usable[index].layer for index in chosen),
            layer_curve=layer_curve,
            per_target=TargetScores(assembly.targets, target_scores(reported, responses, fold_of=fold_of).r),
            resamples=median.draws,
        )

    def ceiling(self, assembly: ResponseAssembly) -> NoiseCeiling:
        """The r that the true responses would have with the measured mean; see `prediction_ceiling`."""
        return prediction_ceiling(assembly.responses, rng=np.random.default_rng([self.seed, 2]))

    def references(self, _assembly: ResponseAssembly) -> tuple[Detail, ...]:
        """Nothing is told beside the score."""
        return ()

    def _folds(self, n_stimuli: int) -> Int[ndarray, " stimuli"]:
        return assign_folds(n_stimuli, folds=self.folds, rng=np.random.default_rng([self.seed, n_stimuli]))

    def _predict(
        self, layer: LayerGram, responses: Float[ndarray, "stimuli targets"], fold_of: Int[ndarray, " stimuli"]
    ) -> Float[ndarray, "stimuli targets"]:
        return ridge_from_gram(layer.gram, responses, fold_of=fold_of, selection=Selection(self.selection)).predictions

    def _choose(
        self,
        layers: Sequence[LayerGram],
        responses: Float[ndarray, "stimuli targets"],
        fold_of: Int[ndarray, " stimuli"],
    ) -> list[int]:
        """The best layer for each fold, by the other folds alone; the first of equals."""
        if len(layers) == 1:
            return [0] * self.folds
        scores = np.full((len(layers), self.folds), -np.inf)
        for index, layer in enumerate(layers):
            inner = np.full((self.folds, *responses.shape), np.nan)
            for first, second in combinations(range(self.folds), 2):
                either = np.isin(fold_of, (first, second))
                predictions = self._predict(layer, responses, np.where(either, 0, -1))
                inner[first, fold_of == second] = predictions[fold_of == second]
                inner[second, fold_of == first] = predictions[fold_of == first]
            for fold in range(self.folds):
                others = np.where(fold_of == fold, -1, fold_of)
                scores[index, fold] = np.nan_to_num(_median_r(inner[fold], responses, others), nan=-np.inf)
        return [int(index) for index in np.argmax(scores, axis=0)]


def _median_r(
    predictions: Float[ndarray, "stimuli targets"],
    responses: Float[ndarray, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
) -> float:
    r = target_scores(predictions, responses, fold_of=fold_of).r
    return float(np.median(r[np.isfinite(r)])) if np.isfinite(r).any() else np.nan


def _undefined(reason: str, ceiling: NoiseCeiling) -> Score:
    return Score(np.nan, "median r", Interval(np.nan, np.nan), ceiling, reason=reason)
