"""Square patches of images, and their whitening."""

from typing import NamedTuple

import torch
from torch.nn import functional


def patches_of(maps: torch.Tensor, side: int, *, stride: int) -> torch.Tensor:
    """All patches on a grid, (batch, places, channels x side x side)."""
    return functional.unfold(maps, side, stride=stride).transpose(1, 2)


def draw_patches(patches: torch.Tensor, n_patches: int, *, generator: torch.Generator) -> torch.Tensor:
    """Patches at random, (patches, features), of all images and places."""
    flat = patches.flatten(0, 1)
    return flat[torch.randperm(len(flat), generator=generator)[:n_patches]]


class Whitening(NamedTuple):
    """The mean of patches, and the map (features, kept) to components of about unit variance."""

    mean: torch.Tensor
    transform: torch.Tensor


def whitening_of(patches: torch.Tensor, kept: int) -> Whitening:
    """Whiten by principal components, the weakest of which are left out.

    A hundredth of the mean variance is added before dividing, so that noise is not made as large as the image.
    """
    mean = patches.mean(dim=0)
    values, vectors = torch.linalg.eigh(torch.cov(patches.T.double()))
    values, vectors = values.flip(0)[:kept], vectors.flip(1)[:, :kept]
    # The sign of an eigenvector is anybody's choice: the largest entry is made positive.
    signs = vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)).sign()
    transform = vectors * signs / (values + 0.01 * values.mean()).sqrt()
    return Whitening(mean, transform.float())
