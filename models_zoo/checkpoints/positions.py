"""Position embeddings of another resolution, resampled as timm does (bicubic, with antialiasing)."""

import math
from typing import NamedTuple

import torch

NAMES = frozenset(("pos_embed", "pos_embedding", "positional_embedding"))


class Grids(NamedTuple):
    """The sides of the grid of patches, in a file and in a network, and how many tokens stand before it."""

    theirs: int
    ours: int
    tokens: int


def is_resizable(name: str, theirs: tuple[int, ...], ours: tuple[int, ...]) -> bool:
    """Whether it is a position embedding that differs in the size of its grid alone."""
    return name.rpartition(".")[2] in NAMES and grids(theirs, ours) is not None


def grids(theirs: tuple[int, ...], ours: tuple[int, ...]) -> Grids | None:
    """The two grids, for shapes (1, places, width) or (places, width); None where they are not both squares.

    The tokens before a grid (class, registers) are as many as the network has beside its largest square of patches.
    """
    if len(theirs) != len(ours) or len(ours) not in {2, 3} or theirs[-1] != ours[-1] or theirs[:-2] != ours[:-2]:
        return None
    side = math.isqrt(ours[-2])
    tokens = ours[-2] - side**2
    patches = theirs[-2] - tokens
    theirs_side = math.isqrt(max(patches, 0))
    return Grids(theirs_side, side, tokens) if theirs_side and theirs_side**2 == patches else None


def resampled(embedding: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """The embedding on the grid of a network, whose shape is given; its tokens stay as they are."""
    from timm.layers import resample_abs_pos_embed

    found = grids(tuple(embedding.shape), shape)
    if found is None:
        raise ValueError(f"{tuple(embedding.shape)} and {shape} are no embeddings of two square grids")
    places = embedding.reshape(1, *embedding.shape[-2:]).float()
    made: torch.Tensor = resample_abs_pos_embed(
        places, [found.ours, found.ours], [found.theirs, found.theirs], num_prefix_tokens=found.tokens
    )
    return made.reshape(shape)
