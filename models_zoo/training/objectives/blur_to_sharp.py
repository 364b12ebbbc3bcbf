"""Classification of images that are blurred early in training and sharp later, as an infant's are.

Vogelsang et al. (2018), Potential downside of high initial visual acuity, PNAS 115.
"""

import torch

from brainrank.models_zoo.training.augment import blurred
from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.objective import Batch
from brainrank.models_zoo.training.objectives.supervised import Supervised

FIRST_SIGMA = 6.0
SHARP_FROM = 0.7  # of the training


class BlurToSharp(Supervised):
    """The filter's width falls linearly to nothing."""

    def images(self, batch: Batch) -> torch.Tensor:
        """The view through the filter of that time."""
        return blurred(batch.view(), FIRST_SIGMA * max(0.0, 1 - batch.progress / SHARP_FROM))


def create(backbone: Backbone, categories: tuple[str, ...]) -> BlurToSharp:
    """Build the objective."""
    return BlurToSharp(backbone, categories)
