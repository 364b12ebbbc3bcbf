"""The one network of the controlled zoo: a compact residual network for 64 x 64 images, .9 M parameters."""

from contextlib import nullcontext

import torch
from torch import nn
from torch.nn import functional

SIDE = 64
CHANNELS = (24, 48, 96, 96, 192)
STRIDES = (1, 2, 2, 1, 2)
# The embedding is the mean over space of the last map, 192 x 2 x 2.
EMBEDDING = CHANNELS[-1]
LAYERS = ("stem", *(f"blocks.{number}" for number in range(len(CHANNELS))), "embedding")
VERSION = 1  # raise it when the network computes something else than before


class ResidualBlock(nn.Module):
    """Two normalised 3 x 3 convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.convolution1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.convolution2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            narrow = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(narrow, nn.BatchNorm2d(outputs))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the block's rectified output."""
        hidden = functional.relu(self.norm1(self.convolution1(features)))
        return functional.relu(self.norm2(self.convolution2(hidden)) + self.shortcut(features))


class Backbone(nn.Module):
    """Images in 0..1, (batch, 3, 64, 64), to their embedding, (batch, 192).

    With `bf16` the products in the blocks are rounded to bfloat16, as is wanted in training on processors that have it;
    what comes out is float32 all the same.
    """

    def __init__(self) -> None:
        super().__init__()
        first = nn.Conv2d(3, CHANNELS[0], 5, stride=2, padding=2, bias=False)
        self.stem = nn.Sequential(first, nn.BatchNorm2d(CHANNELS[0]), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1))
        widths = (CHANNELS[0], *CHANNELS)
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(inputs, outputs, stride=stride)
                for inputs, outputs, stride in zip(widths[:-1], CHANNELS, STRIDES, strict=True)
            )
        )
        self.bf16 = False
        self.embedding = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the embedding."""
        # Pixels of about zero mean and unit variance, as the initial weights suppose.
        with torch.autocast(images.device.type, dtype=torch.bfloat16) if self.bf16 else nullcontext():
            features: torch.Tensor = self.blocks(self.stem((images - 0.5) / 0.25))
        embedding: torch.Tensor = self.embedding(features.float())
        return embedding


create = Backbone
