"""Masked autoencoder: the hidden patches of an image, from those left.

He et al. (2022), Masked autoencoders are scalable vision learners, CVPR. A convolutional network sees grey where a
patch is hidden, as in Xie et al. (2022), SimMIM, CVPR.
"""

import torch
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, SIDE, Backbone
from brainrank.models_zoo.training.decoder import Decoder, halved
from brainrank.models_zoo.training.objective import Batch, Objective

PATCH = 8
HIDDEN = 0.6


class MaskedAutoencoder(Objective):
    """A decoder of the embedding, judged where the network saw nothing."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.decoder = Decoder(EMBEDDING)

    def loss(self, batch: Batch) -> torch.Tensor:
        """Mean squared error of the hidden pixels."""
        images = batch.view()
        across = SIDE // PATCH
        hidden = torch.rand(len(images), 1, across, across, generator=batch.generator) < HIDDEN
        seen = torch.where(functional.interpolate(hidden.float(), size=SIDE) > 0, 0.5, images)
        made = self.decoder(self.backbone(seen)).sigmoid()
        judged = functional.interpolate(hidden.float(), size=made.shape[-1])
        squares: torch.Tensor = (made - halved(images)).square() * judged
        return squares.sum() / (judged.sum() * 3)


def create(backbone: Backbone, _categories: tuple[str, ...]) -> MaskedAutoencoder:
    """Build the objective."""
    return MaskedAutoencoder(backbone)
