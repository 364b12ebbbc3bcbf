"""The PLS metric: Brain-Score's regression, partial least squares with 25 components, its layer chosen in training."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.mapped import MappedMetric
from brainrank.benchmark.metrics.regression.mapping import Fit
from brainrank.benchmark.metrics.regression.pls import pls
from brainrank.benchmark.metrics.regression.prediction import (
    FEWEST_IN_A_FOLD,
    stimuli_to_train_on,
)
from brainrank.benchmark.types.metric import parameter


@dataclass(frozen=True)
class PlsMetric(MappedMetric):
    """PLSRegression(components, scale=False) from all features of a layer to all targets together."""

    name: ClassVar[str] = "pls"
    words: ClassVar[str] = (
        "Partial least squares, as in Brain-Score: how well do a few directions of a layer’s features, those that vary "
        "most with the responses, predict responses to stimuli held out? Pearson’s r within each fold, averaged; the "
        "median over targets. The layer is chosen inside the training folds. The noise ceiling is the r that the true "
        "responses would have with the measured ones."
    )
    citation: ClassVar[str] = "Schrimpf, Kubilius, Hong et al. 2018; Wegelin 2000"

    components: int = parameter(25, "directions of the features", least=1)

    @property
    def fewest_units(self) -> int:
        """As many as leave a stimulus for each component to train on when two folds are held out."""
        fewest = FEWEST_IN_A_FOLD * self.fewest_folds
        while stimuli_to_train_on(fewest, self.folds_of(fewest)) < self.components:
            fewest += 1
        return fewest

    def fit(
        self,
        gram: Float[ndarray, "stimuli stimuli"],
        responses: Float[ndarray, "stimuli targets"],
        train: Int[ndarray, " train"],
        test: Int[ndarray, " test"],
    ) -> Fit:
        """As `pls`."""
        found = pls(gram, responses, train=train, test=test, components=self.components)
        return Fit(found.hat @ (responses[train] - responses[train].mean(axis=0)), found.hat, found.residuals)
