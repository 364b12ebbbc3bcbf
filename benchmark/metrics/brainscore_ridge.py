"""Brain-Score's ridge as a metric: one penalty for all targets, on features and responses as they are."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.mapped import MappedMetric
from brainrank.benchmark.metrics.regression.mapping import Fit
from brainrank.benchmark.metrics.regression.shared_ridge import shared_ridge

PENALTIES = np.logspace(-10, 10, 21)  # Brain-Score's


@dataclass(frozen=True)
class BrainscoreRidgeMetric(MappedMetric):
    """RidgeCV(alphas=logspace(-10, 10, 21)) from all features of a layer to all targets together.

    The penalties are in the features' own units, as Brain-Score's are, and all targets have one: what `encoding` does
    otherwise.
    """

    name: ClassVar[str] = "brainscore-ridge"
    words: ClassVar[str] = (
        "Brain-Score’s ridge regression: how well do a layer’s features predict responses to stimuli held out, with "
        "one penalty for all targets, chosen by leaving out each training stimulus? Pearson’s r within each fold, "
        "averaged; the median over targets. The layer is chosen inside the training folds. The noise ceiling is the r "
        "that the true responses would have with the measured ones."
    )
    citation: ClassVar[str] = "Schrimpf, Kubilius, Hong et al. 2018; Brain-Score’s ridgecv"

    def fit(
        self,
        gram: Float[ndarray, "stimuli stimuli"],
        responses: Float[ndarray, "stimuli targets"],
        train: Int[ndarray, " train"],
        test: Int[ndarray, " test"],
    ) -> Fit:
        """As `shared_ridge`."""
        return shared_ridge(gram, responses, train, test, penalties=PENALTIES)
