"""The discriminator of a generative adversarial network tells photographs from images that were made.

Goodfellow et al. (2014), Generative adversarial nets, NeurIPS; Radford, Metz & Chintala (2016), Unsupervised
representation learning with deep convolutional generative adversarial networks, ICLR.
"""

from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, SIDE, Backbone
from brainrank.models_zoo.training.decoder import Decoder
from brainrank.models_zoo.training.objective import Batch, Objective

LATENTS = 64


class Discriminator(nn.Module):
    """The backbone and a readout of how real an image looks."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.readout = nn.Linear(EMBEDDING, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The logit of being real."""
        logits: torch.Tensor = self.readout(self.backbone(images))
        return logits


class Terms(NamedTuple):
    """What the discriminator and the generator are to make small."""

    discriminator: torch.Tensor
    generator: torch.Tensor


class GAN(Objective):
    """Discriminator and generator move in the same step, each by its own term."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.discriminator = Discriminator(backbone)
        self.generator = Decoder(LATENTS)

    def terms(self, batch: Batch) -> Terms:
        """Cross-entropy of the discriminator, and of the generator in the form that does not saturate.

        Either sees the other as constant, so that one backward pass of their sum serves both.
        """
        real = batch.view()
        latents = torch.randn(len(real), LATENTS, generator=batch.generator)
        made = functional.interpolate(self.generator(latents).sigmoid(), size=SIDE, mode="bilinear")
        of_real, of_made = self.discriminator(real), self.discriminator(made.detach())
        held = {name: weight.detach() for name, weight in self.discriminator.named_parameters()}
        fooled = functional_call(self.discriminator, held, (made,))
        told = functional.softplus(-of_real).mean() + functional.softplus(of_made).mean()
        return Terms(told, functional.softplus(-fooled).mean())

    def loss(self, batch: Batch) -> torch.Tensor:
        """The sum of both terms, which need not fall: what one gains the other loses."""
        return sum(self.terms(batch), start=torch.zeros(()))


def create(backbone: Backbone, _categories: tuple[str, ...]) -> GAN:
    """Build the objective."""
    return GAN(backbone)
