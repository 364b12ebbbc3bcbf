"""Autoencoder: the image again, from the embedding (Hinton & Salakhutdinov 2006, Science 313)."""

import torch
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.decoder import Decoder, halved
from brainrank.models_zoo.training.objective import Batch, Objective


class Autoencoder(Objective):
    """A decoder of the embedding."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.decoder = Decoder(EMBEDDING)

    def seen(self, images: torch.Tensor, _batch: Batch) -> torch.Tensor:
        """What the network is shown of the images it is to give."""
        return images

    def loss(self, batch: Batch) -> torch.Tensor:
        """Mean squared error of the pixels."""
        images = batch.view()
        made = self.decoder(self.backbone(self.seen(images, batch)))
        return functional.mse_loss(made.sigmoid(), halved(images))


def create(backbone: Backbone, _categories: tuple[str, ...]) -> Autoencoder:
    """Build the objective."""
    return Autoencoder(backbone)
