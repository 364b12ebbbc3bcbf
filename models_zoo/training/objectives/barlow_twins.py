"""Barlow Twins: the features of two views agree, and no two features say the same.

Zbontar et al. (2021), Barlow Twins: self-supervised learning via redundancy reduction, ICML.
"""

import torch
from lightly.loss import BarlowTwinsLoss
from lightly.models.modules.heads import BarlowTwinsProjectionHead

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective

PROJECTION = 512


class BarlowTwins(Objective):
    """A wide projection, and its cross-correlation matrix against the identity."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.projection = BarlowTwinsProjectionHead(EMBEDDING, PROJECTION, PROJECTION)
        self.criterion = BarlowTwinsLoss()

    def loss(self, batch: Batch) -> torch.Tensor:
        """Diagonal away from one, and the rest away from zero, squared."""
        first, second = (self.projection(self.backbone(batch.view())) for _ in range(2))
        loss: torch.Tensor = self.criterion(first, second)
        return loss


def create(backbone: Backbone, _categories: tuple[str, ...]) -> BarlowTwins:
    """Build the objective."""
    return BarlowTwins(backbone)
