"""Sparse coding: a patch is made of as few as possible of many learned features.

Olshausen & Field (1996), Emergence of simple-cell receptive field properties by learning a sparse code for natural
images, Nature 381. Pooling by the maximum as in Yang et al. (2009), Linear spatial pyramid matching, CVPR.
"""

import torch
from torch import nn
from torch.nn import functional

from brainrank.models_zoo.training.augment import luminance
from brainrank.models_zoo.training.classical.patches import Whitening, draw_patches, patches_of, whitening_of
from brainrank.models_zoo.training.decoder import halved
from brainrank.models_zoo.training.training_images import TrainingImages

PATCH, STRIDE = 8, 4
ACROSS = 7  # places along a side of 32 pixels
KEPT, FEATURES = 48, 128
PENALTY = 1.0
ITERATIONS = 50
IMAGES, PATCHES, PASSES = 4000, 20_000, 10
LAYERS = ("codes", "pooled")
VERSION = 1


class SparseCoding(nn.Module):
    """Layer `codes`: the signed coefficients at every place; layer `pooled`: the largest of each feature by quarter."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(PATCH**2))
        self.register_buffer("whitening", torch.zeros(PATCH**2, KEPT))
        self.register_buffer("dictionary", torch.zeros(FEATURES, KEPT))
        self.codes, self.pooled = nn.Identity(), nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the pooled codes, (batch, 4 x 128)."""
        patches = patches_of(halved(luminance(images)), PATCH, stride=STRIDE)
        whitened = (patches - self.get_buffer("mean")) @ self.get_buffer("whitening")
        coefficients = sparse_codes(whitened.flatten(0, 1), self.get_buffer("dictionary"))
        maps = coefficients.view(len(images), -1, FEATURES).transpose(1, 2).reshape(-1, FEATURES, ACROSS, ACROSS)
        strongest = functional.max_pool2d(self.codes(maps).abs(), 4, stride=3)
        pooled: torch.Tensor = self.pooled(strongest.flatten(1))
        return pooled


def sparse_codes(patches: torch.Tensor, dictionary: torch.Tensor) -> torch.Tensor:
    """The codes a that make 1/2 |x - a D|^2 + penalty |a|_1 smallest, by FISTA (Beck & Teboulle 2009), 50 steps."""
    products, wanted = dictionary @ dictionary.T, patches @ dictionary.T
    # The largest eigenvalue bounds the step; where there is no dictionary yet, any step will do.
    step = 1 / torch.linalg.eigvalsh(products)[-1].clamp(min=1e-6)
    codes = ahead = torch.zeros_like(wanted)
    momentum = 1.0
    for _ in range(ITERATIONS):
        moved = ahead - step * (ahead @ products - wanted)
        moved = moved.sign() * (moved.abs() - step * PENALTY).clamp(min=0)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = moved + (momentum - 1) / following * (moved - codes)
        codes, momentum = moved, following
    return codes


def fit(images: TrainingImages, *, seed: int) -> SparseCoding:
    """Learn the dictionary on whitened patches of luminance."""
    from sklearn.decomposition import MiniBatchDictionaryLearning

    pixels = images.sample(IMAGES, seed=seed).pixels.float() / 255
    generator = torch.Generator().manual_seed(seed)
    patches = draw_patches(patches_of(halved(luminance(pixels)), PATCH, stride=STRIDE), PATCHES, generator=generator)
    mean, transform = whitening = whitening_of(patches, KEPT)
    learner = MiniBatchDictionaryLearning(
        FEATURES, alpha=PENALTY, batch_size=500, max_iter=PASSES, fit_algorithm="lars", random_state=seed
    )
    learner.fit(((patches - mean) @ transform).numpy())
    return _fill(whitening, torch.from_numpy(learner.components_))


def _fill(whitening: Whitening, dictionary: torch.Tensor) -> SparseCoding:
    network = SparseCoding()
    network.get_buffer("mean").copy_(whitening.mean)
    network.get_buffer("whitening").copy_(whitening.transform)
    network.get_buffer("dictionary").copy_(dictionary)
    return network


create = SparseCoding
