"""Beta-VAE: a variational autoencoder that pays more for what its latents say.

Higgins et al. (2017), beta-VAE: learning basic visual concepts with a constrained variational framework, ICLR.
"""

from brainrank.models_zoo.training.backbone import Backbone
from brainrank.models_zoo.training.objectives.vae import VAE


class BetaVAE(VAE):
    """The divergence counts fourfold."""

    beta = 4.0


def create(backbone: Backbone, _categories: tuple[str, ...]) -> BetaVAE:
    """Build the objective."""
    return BetaVAE(backbone)
