"""Variational autoencoder (Kingma & Welling 2014, Auto-encoding variational Bayes, ICLR).

The variance of the pixels is the best there is for the batch, which leaves no weight to choose between the two terms:
Rybkin, Daniilidis & Levine (2021), Simple and effective VAE training with calibrated decoders, ICML.
"""

from typing import NamedTuple

import torch
from torch import nn

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.decoder import Decoder, halved
from brainrank.models_zoo.training.objective import Batch, Objective

LATENTS = 64


class Posterior(NamedTuple):
    """Mean and log-variance of the latents, (batch, latents) each."""

    mean: torch.Tensor
    log_variance: torch.Tensor

    def draw(self, *, generator: torch.Generator) -> torch.Tensor:
        """A draw that gradients go through."""
        noise = torch.randn(self.mean.shape, generator=generator)
        return self.mean + noise * (self.log_variance / 2).exp()

    def divergence(self) -> torch.Tensor:
        """Kullback-Leibler divergence from the standard normal, summed over latents, mean over the batch."""
        each = self.mean.square() + self.log_variance.exp() - 1 - self.log_variance
        return each.sum(dim=1).mean() / 2


class VAE(Objective):
    """A posterior over latents from the embedding, and a decoder of what is drawn from it."""

    beta = 1.0

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone)
        self.to_posterior = nn.Linear(EMBEDDING, 2 * LATENTS)
        self.decoder = Decoder(LATENTS)

    def posterior(self, embedding: torch.Tensor) -> Posterior:
        """The posterior over latents."""
        mean, log_variance = self.to_posterior(embedding).chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(-10, 10))

    def loss(self, batch: Batch) -> torch.Tensor:
        """The negative evidence lower bound, in nats a pixel value."""
        images = batch.view()
        posterior = self.posterior(self.backbone(images))
        made = self.decoder(posterior.draw(generator=batch.generator))
        bound: torch.Tensor = (
            negative_log_likelihood(made, images) + self.beta * posterior.divergence() / made[0].numel()
        )
        return bound


def negative_log_likelihood(made: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Of the pixels under normal distributions of the best common variance, a pixel value, up to a constant."""
    return (made.sigmoid() - halved(images)).square().mean().log() / 2


def create(backbone: Backbone, _categories: tuple[str, ...]) -> VAE:
    """Build the objective."""
    return VAE(backbone)
