"""Denoising autoencoder: the image again, from a version with much noise.

Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11.
"""

import torch

from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.objective import Batch
from brainrank.models_zoo.training.objectives.autoencoder import Autoencoder

NOISE = 0.3  # standard deviation, of pixels in 0..1


class DenoisingAutoencoder(Autoencoder):
    """Gaussian noise on every pixel."""

    def seen(self, images: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The images with noise."""
        return images + NOISE * torch.randn(images.shape, generator=batch.generator)


def create(backbone: Backbone, _categories: tuple[str, ...]) -> DenoisingAutoencoder:
    """Build the objective."""
    return DenoisingAutoencoder(backbone)
