"""MoCo v2: a view is told from a queue of earlier images' views, made by a slow copy of the network.

Chen, Fan, Girshick & He (2020), Improved baselines with momentum contrastive learning, arXiv:2003.04297.
"""

from copy import deepcopy

import torch
from lightly.loss import NTXentLoss
from lightly.models.modules.heads import MoCoProjectionHead
from lightly.models.utils import deactivate_requires_grad, update_momentum

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective

PROJECTION = 64
TEMPERATURE = 0.2
QUEUE = 4096
MOMENTUM = 0.99


class MoCo(Objective):
    """Queries of the network, keys of its slow copy, and a queue of keys."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.projection = MoCoProjectionHead(EMBEDDING, EMBEDDING, PROJECTION)
        self.slow_backbone, self.slow_projection = deepcopy(backbone), deepcopy(self.projection)
        deactivate_requires_grad(self.slow_backbone)
        deactivate_requires_grad(self.slow_projection)
        self.criterion = NTXentLoss(temperature=TEMPERATURE, memory_bank_size=(QUEUE, PROJECTION))

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy of the key of the same image among those in the queue."""
        queries = self.projection(self.backbone(batch.view()))
        with torch.no_grad():
            keys = self.slow_projection(self.slow_backbone(batch.view()))
        loss: torch.Tensor = self.criterion(queries, keys)
        return loss

    def after_step(self) -> None:
        """The slow copy follows."""
        update_momentum(self.backbone, self.slow_backbone, m=MOMENTUM)
        update_momentum(self.projection, self.slow_projection, m=MOMENTUM)


def create(backbone: Backbone, _categories: tuple[str, ...]) -> MoCo:
    """Build the objective."""
    return MoCo(backbone)
