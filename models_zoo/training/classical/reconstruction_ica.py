"""Reconstruction ICA with local receptive fields and L2 pooling.

Le, Karpenko, Ngiam & Ng (2011), ICA with reconstruction cost for efficient overcomplete feature learning, NeurIPS;
local, unshared receptive fields and pooling over neighbours as in Le et al. (2012), Building high-level features, ICML.
"""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.classical.patches import draw_patches, patches_of, whitening_of
from brainrank.models_zoo.training.decoder import halved
from brainrank.models_zoo.training.training_images import TrainingImages

PATCH, STRIDE = 8, 4
ACROSS = 7  # places along a side of 32 pixels
KEPT, FEATURES = 24, 48
POOL, POOL_STRIDE = 3, 2  # fields pooled along a side, and the step between pools
RECONSTRUCTION = 10.0
EPSILON = 1e-2
IMAGES, PATCHES = 10_000, 20_000
STEPS, BATCH, LEARNING_RATE = 300, 256, 1e-2
LAYERS = ("simple", "pooled")
VERSION = 1


class ReconstructionICA(nn.Module):
    """Layer `simple`: each field's own linear features; layer `pooled`: the root of their squares over 3 x 3 fields."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(3 * PATCH**2))
        self.register_buffer("whitening", torch.zeros(3 * PATCH**2, KEPT))
        self.register_buffer("filters", torch.zeros(ACROSS**2, FEATURES, KEPT))
        self.simple, self.pooled = nn.Identity(), nn.Identity()

    def whitened(self, images: torch.Tensor) -> torch.Tensor:
        """The whitened patches of the image at 32 x 32, (fields, batch, kept)."""
        patches = patches_of(halved(images), PATCH, stride=STRIDE) - self.get_buffer("mean")
        return (patches @ self.get_buffer("whitening")).transpose(0, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the pooled features, (batch, 48 x 3 x 3)."""
        responses = torch.bmm(self.whitened(images), self.get_buffer("filters").transpose(1, 2))
        maps = self.simple(maps_of(responses))
        pooled: torch.Tensor = self.pooled(pooled_energy(maps).flatten(1))
        return pooled


def maps_of(responses: torch.Tensor) -> torch.Tensor:
    """Responses (fields, batch, features) as maps, (batch, features, 7, 7)."""
    return responses.permute(1, 2, 0).reshape(-1, FEATURES, ACROSS, ACROSS)


def pooled_energy(maps: torch.Tensor) -> torch.Tensor:
    """The root of the summed squares over 3 x 3 neighbouring fields."""
    return (functional.avg_pool2d(maps.square(), POOL, stride=POOL_STRIDE) * POOL**2 + EPSILON).sqrt()


def cost(patches: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """RICA's cost a patch: the reconstruction's squared error, and the sum of the pooled features."""
    responses = torch.bmm(patches, filters.transpose(1, 2))
    error = (torch.bmm(responses, filters) - patches).square().sum(dim=2).mean()
    return RECONSTRUCTION * error + pooled_energy(maps_of(responses)).sum(dim=1).mean()


def fit(images: TrainingImages, *, seed: int) -> ReconstructionICA:
    """Whiten patches, then descend the cost by Adam from random filters of about the right size."""
    pixels = images.sample(IMAGES, seed=seed).pixels
    generator = torch.Generator().manual_seed(seed)
    network = ReconstructionICA()
    first = patches_of(halved(pixels[:2000].float() / 255), PATCH, stride=STRIDE)
    mean, transform = whitening_of(draw_patches(first, PATCHES, generator=generator), KEPT)
    network.get_buffer("mean").copy_(mean)
    network.get_buffer("whitening").copy_(transform)
    filters = (torch.randn(ACROSS**2, FEATURES, KEPT, generator=generator) / FEATURES**0.5).requires_grad_()
    optimiser = torch.optim.Adam([filters], lr=LEARNING_RATE)
    for _ in range(STEPS):
        chosen = torch.randint(len(pixels), (BATCH,), generator=generator)
        optimiser.zero_grad()
        torch.autograd.backward(cost(network.whitened(pixels[chosen].float() / 255), filters))
        optimiser.step()
    network.get_buffer("filters").copy_(filters.detach())
    return network


create = ReconstructionICA
