"""Encoders of tiny autoencoders (TAESD), distilled to give the latents of a large one.

Written after the published state dicts (github: madebyollin/taesd): modules are numbered as the tensors are.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch
from torch import nn

NORM_GROUPS = 4


class Block(nn.Module):
    """Three convolutions beside the identity, relu(conv(x) + x).

    With `normalised`, x is first given what a group-normalised pointwise network sees in it: statistics over the whole
    image, which some large autoencoders have in their deepest blocks.
    """

    def __init__(self, channels: int, *, normalised: bool) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(channels, channels, 3, padding=1) for _ in range(3)]
        self.conv = nn.Sequential(convolutions[0], nn.ReLU(), convolutions[1], nn.ReLU(), convolutions[2])
        self.pool = _pool(channels) if normalised else None
        self.fuse = nn.ReLU()

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape."""
        if self.pool is not None:
            features = features + self.pool(features)
        fused: torch.Tensor = self.fuse(self.conv(features) + features)
        return fused


def _pool(channels: int) -> nn.Sequential:
    wide = 4 * channels
    widen, narrow = nn.Conv2d(channels, wide, 1, bias=False), nn.Conv2d(wide, channels, 1, bias=False)
    return nn.Sequential(widen, nn.GroupNorm(NORM_GROUPS, wide), nn.ReLU(), narrow)


class TinyEncoder(nn.Sequential):
    """A stem, three halvings of three blocks each, and a projection to the latents, the last layer.

    `layers` are the blocks' outputs and the latents. There is no posterior: the network gives its mean.
    """

    def __init__(self, stem: Iterator[nn.Module], *, latents: int, normalised: bool) -> None:
        channels = 64
        modules = [*stem, Block(channels, normalised=False)]
        for stage in range(3):
            modules.append(nn.Conv2d(channels, channels, 3, stride=2, padding=1, bias=False))
            modules += [Block(channels, normalised=normalised and stage == 2) for _ in range(3)]
        super().__init__(*modules, nn.Conv2d(channels, latents, 3, padding=1))

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the blocks and of the latents."""
        blocks = [name for name, module in self.named_children() if isinstance(module, Block)]
        return (*blocks, str(len(self) - 1))


def _plain_stem() -> Iterator[nn.Module]:
    yield nn.Conv2d(3, 64, 3, padding=1)


def _quartering_stem() -> Iterator[nn.Module]:
    yield nn.Conv2d(3, 32, 3, stride=2, padding=1)
    yield nn.ReLU()
    yield nn.Conv2d(32, 64, 3, stride=2, padding=1)
    yield nn.ReLU()


def _build(stem: Callable[[], Iterator[nn.Module]], *, latents: int, normalised: bool) -> TinyEncoder:
    return TinyEncoder(stem(), latents=latents, normalised=normalised)


# Latents at an eighth (taesd, taef2) and a thirty-second (taesana) of the image's side.
TINY_ENCODERS: Mapping[str, Callable[[], TinyEncoder]] = {
    "taesd": partial(_build, _plain_stem, latents=4, normalised=False),
    "taef2": partial(_build, _plain_stem, latents=32, normalised=True),
    "taesana": partial(_build, _quartering_stem, latents=32, normalised=False),
}
