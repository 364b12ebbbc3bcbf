"""SimCLR: two views of an image are nearer to each other than to other images.

Chen et al. (2020), A simple framework for contrastive learning of visual representations, ICML.
"""

import torch
from lightly.loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective

PROJECTION = 64
TEMPERATURE = 0.2


class SimCLR(Objective):
    """A projection, and the normalised temperature-scaled cross-entropy over the batch."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.projection = SimCLRProjectionHead(EMBEDDING, EMBEDDING, PROJECTION)
        self.criterion = NTXentLoss(temperature=TEMPERATURE)

    def loss(self, batch: Batch) -> torch.Tensor:
        """NT-Xent between two views."""
        first, second = (self.projection(self.backbone(batch.view())) for _ in range(2))
        loss: torch.Tensor = self.criterion(first, second)
        return loss


def create(backbone: Backbone, _categories: tuple[str, ...]) -> SimCLR:
    """Build the objective."""
    return SimCLR(backbone)
