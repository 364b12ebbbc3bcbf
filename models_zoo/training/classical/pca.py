"""Principal components of whole images (Turk & Pentland 1991, Eigenfaces for recognition, J. Cogn. Neurosci. 3)."""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.decoder import halved
from brainrank.models_zoo.training.training_images import TrainingImages

SIDE = 32
COMPONENTS = 64
IMAGES = 10_000
LAYERS = ("components",)
VERSION = 1


class PrincipalComponents(nn.Module):
    """Layer `components`: the image at 32 x 32 along the directions in which training images vary most."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(3 * SIDE**2))
        self.register_buffer("directions", torch.zeros(COMPONENTS, 3 * SIDE**2))
        self.components = nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the components, (batch, 64)."""
        centred = halved(images).flatten(1) - self.get_buffer("mean")
        components: torch.Tensor = self.components(functional.linear(centred, self.get_buffer("directions")))
        return components


def fit(images: TrainingImages, *, seed: int) -> PrincipalComponents:
    """Find the directions; there is no chance in it but the choice of images."""
    from sklearn.decomposition import PCA

    pixels = images.sample(IMAGES, seed=seed).pixels.float() / 255
    found = PCA(COMPONENTS, svd_solver="randomized", random_state=seed).fit(halved(pixels).flatten(1).numpy())
    network = PrincipalComponents()
    network.get_buffer("mean").copy_(torch.from_numpy(found.mean_))
    network.get_buffer("directions").copy_(torch.from_numpy(found.components_))
    return network


create = PrincipalComponents
