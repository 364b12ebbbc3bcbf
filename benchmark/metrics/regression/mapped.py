"""Metrics whose mapping is fitted to all targets together, so that how they vary counts."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.layers import Chosen
from brainrank.benchmark.metrics.regression.mapping import Fit, mapped_correlations, mapped_predictions
from brainrank.benchmark.metrics.regression.prediction import PredictionMetric
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds


@dataclass(frozen=True)
class MappedMetric(PredictionMetric):
    """Responses as they were measured, each target with its own variance, predicted by `fit`."""

    @abstractmethod
    def fit(
        self,
        gram: Float[ndarray, "stimuli stimuli"],
        responses: Float[ndarray, "stimuli targets"],
        train: Int[ndarray, " train"],
        test: Int[ndarray, " test"],
    ) -> Fit:
        """Predict the test stimuli by a mapping fitted to the training stimuli."""

    def responses(self, assembly: ResponseAssembly) -> Float[ndarray, "stimuli targets"]:
        """The mean over the repeats that there are."""
        return np.asarray(np.nanmean(assembly.responses, axis=1), dtype=np.float64)

    def correlations(
        self, layers: Sequence[LayerGram], responses: Float[ndarray, "stimuli targets"], folds: StimulusFolds
    ) -> list[LayerCorrelations]:
        """How well each layer predicts the targets (`mapped_correlations`)."""
        return [mapped_correlations(layer, responses, fold_of=folds.fold_of, fit=self.fit) for layer in layers]

    def predicted(
        self,
        layers: Sequence[LayerGram],
        chosen: Sequence[int],
        responses: Float[ndarray, "stimuli targets"],
        fold_of: Int[ndarray, " stimuli"],
    ) -> Chosen:
        """Each fold predicted by the layer chosen for it (`mapped_predictions`)."""
        return mapped_predictions(layers, chosen, responses, fold_of=fold_of, fit=self.fit)
