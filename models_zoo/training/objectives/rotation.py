"""Rotation: the number of quarter turns by which the image is turned.

Gidaris, Singh & Komodakis (2018), Unsupervised representation learning by predicting image rotations, ICLR.
"""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.objective import Batch, Objective

TURNS = 4


class Rotation(Objective):
    """A readout of the number of quarter turns."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.readout = nn.Linear(EMBEDDING, TURNS)

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy; each turn is given to a quarter of the images, which the batch has in random order."""
        images = batch.view()
        turns = torch.arange(len(images)) % TURNS
        turned = torch.stack([image.rot90(int(k), dims=(1, 2)) for image, k in zip(images, turns, strict=True)])
        return functional.cross_entropy(self.readout(self.backbone(turned)), turns)


def create(backbone: Backbone, _categories: tuple[str, ...]) -> Rotation:
    """Build the objective."""
    return Rotation(backbone)
