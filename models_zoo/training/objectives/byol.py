"""BYOL: one view predicts what a slow copy of the network makes of another; there are no negatives.

Grill et al. (2020), Bootstrap your own latent, NeurIPS.
"""

from copy import deepcopy

import torch
from lightly.loss import NegativeCosineSimilarity
from lightly.models.modules.heads import BYOLPredictionHead, BYOLProjectionHead
from lightly.models.utils import deactivate_requires_grad, update_momentum

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective

HIDDEN, PROJECTION = 512, 128
MOMENTUM = 0.99


class BYOL(Objective):
    """A projection and its prediction on the network, a projection on its slow copy."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.projection = BYOLProjectionHead(EMBEDDING, HIDDEN, PROJECTION)
        self.prediction = BYOLPredictionHead(PROJECTION, HIDDEN, PROJECTION)
        self.slow_backbone, self.slow_projection = deepcopy(backbone), deepcopy(self.projection)
        deactivate_requires_grad(self.slow_backbone)
        deactivate_requires_grad(self.slow_projection)
        self.criterion = NegativeCosineSimilarity()

    def loss(self, batch: Batch) -> torch.Tensor:
        """The negative cosine of prediction and target, both ways."""
        first, second = batch.view(), batch.view()
        predicted = [self.prediction(self.projection(self.backbone(view))) for view in (first, second)]
        with torch.no_grad():
            targets = [self.slow_projection(self.slow_backbone(view)) for view in (second, first)]
        return torch.stack([self.criterion(*pair) for pair in zip(predicted, targets, strict=True)]).mean()

    def after_step(self) -> None:
        """The slow copy follows."""
        update_momentum(self.backbone, self.slow_backbone, m=MOMENTUM)
        update_momentum(self.projection, self.slow_projection, m=MOMENTUM)


def create(backbone: Backbone, _categories: tuple[str, ...]) -> BYOL:
    """Build the objective."""
    return BYOL(backbone)
