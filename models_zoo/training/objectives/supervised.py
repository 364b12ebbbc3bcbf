"""Classification: cross-entropy with the categories (Krizhevsky, Sutskever & Hinton 2012, NeurIPS)."""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective


class Supervised(Objective):
    """A linear readout of the embedding for the categories."""

    def __init__(self, backbone: Backbone, categories: tuple[str, ...]) -> None:
        super().__init__(backbone)
        self.readout = nn.Linear(EMBEDDING, len(categories))

    def images(self, batch: Batch) -> torch.Tensor:
        """What the network is shown."""
        return batch.view()

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy of the readout."""
        return functional.cross_entropy(self.readout(self.backbone(self.images(batch))), batch.labels)


create = Supervised
