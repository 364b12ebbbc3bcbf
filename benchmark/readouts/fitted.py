"""A readout fitted on a benchmark's training images, for models without a head of their own."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from brainrank.benchmark.types.errors import InvalidDataError

INVERSE_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True)
class FittedReadout:
    """A logistic readout: its categories, inverse penalty and cross-validated accuracy on the training images."""

    categories: tuple[str, ...]
    inverse_penalty: float
    training_accuracy: float
    classifier: Pipeline

    def probabilities(self, features: Float[ndarray, "images features"]) -> Float[ndarray, "images categories"]:
        """Return the probability of each category for each image."""
        return np.asarray(self.classifier.predict_proba(features), dtype=np.float64)


def fit_readout(
    features: Float[ndarray, "images features"],
    labels: Int[ndarray, " images"],
    *,
    categories: tuple[str, ...],
    groups: Int[ndarray, " images"],
    folds: int = 5,
) -> FittedReadout:
    """Fit multinomial logistic regression on standardised features, labels being indices of `categories`.

    The L2 penalty is the one with the best accuracy over folds that keep a group's images (versions of one photograph)
    together; of equals the largest. Raises InvalidDataError when a category has no image or there are fewer groups than
    folds.
    """
    missing = [category for index, category in enumerate(categories) if not (labels == index).any()]
    if missing:
        raise InvalidDataError(
            f"No training image shows {', '.join(missing[:5])}; a readout needs some of each category"
        )
    n_groups = len(np.unique(groups))
    if n_groups < folds:
        raise InvalidDataError(
            f"{n_groups} groups of training images for {folds} folds; give more images or fewer folds"
        )
    accuracies = [
        float(cross_val_score(_classifier(c), features, labels, groups=groups, cv=GroupKFold(folds)).mean())
        for c in INVERSE_PENALTIES
    ]
    best = int(np.argmax(accuracies))
    classifier = _classifier(INVERSE_PENALTIES[best]).fit(features, labels)
    return FittedReadout(categories, INVERSE_PENALTIES[best], accuracies[best], classifier)


def _classifier(inverse_penalty: float) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=inverse_penalty, max_iter=2000))
