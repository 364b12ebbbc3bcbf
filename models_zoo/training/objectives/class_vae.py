"""A variational autoencoder that is told the categories, and keeps everything else apart from them.

Cheung et al. (2014), Discovering hidden factors of variation in deep networks, arXiv:1412.6583: some units say the
category, the latents say the rest, and a penalty on their cross-covariance (XCov) keeps the two from saying the same.
"""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.backbone import EMBEDDING, Backbone
from brainrank.models_zoo.training.decoder import Decoder
from brainrank.models_zoo.training.objective import Batch
from brainrank.models_zoo.training.objectives.vae import LATENTS, VAE, negative_log_likelihood

CLASSIFICATION = 0.5
CROSS_COVARIANCE = 1.0


class ClassVAE(VAE):
    """A readout of the category beside the posterior; the decoder sees both."""

    def __init__(self, backbone: Backbone, categories: tuple[str, ...]) -> None:
        super().__init__(backbone)
        self.readout = nn.Linear(EMBEDDING, len(categories))
        self.decoder = Decoder(LATENTS + len(categories))

    def loss(self, batch: Batch) -> torch.Tensor:
        """Negative evidence lower bound, cross-entropy and cross-covariance, weighted."""
        images = batch.view()
        embedding = self.backbone(images)
        posterior, logits = self.posterior(embedding), self.readout(embedding)
        said = logits.softmax(dim=1)
        made = self.decoder(torch.cat([said, posterior.draw(generator=batch.generator)], dim=1))
        bound = negative_log_likelihood(made, images) + self.beta * posterior.divergence() / made[0].numel()
        wrong = functional.cross_entropy(logits, batch.labels)
        penalty = cross_covariance_penalty(said, posterior.mean)
        loss: torch.Tensor = bound + CLASSIFICATION * wrong + CROSS_COVARIANCE * penalty
        return loss


def cross_covariance_penalty(said: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
    """XCov: half the sum of the squared covariances, over the batch, of every unit with every latent."""
    covariances = (said - said.mean(dim=0)).T @ (latents - latents.mean(dim=0)) / len(said)
    return covariances.square().sum() / 2


create = ClassVAE
