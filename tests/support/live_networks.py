"""Small networks in memory."""

import torch
from torch import nn

from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.loaders.live import LiveModel, live_model

SMALL = {"size": 32}


def block(width: int = 4) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())


class Net(nn.Module):
    def __init__(self, *, dropout: float = 0.1, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.layers = nn.Sequential(block(), block())
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.layers(self.stem(images))) * self.scale


def net(kind: type[Net] = Net, **settings: float) -> Net:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind(**settings)


def made(network: object, **settings: object) -> LiveModel:
    return live_model(network, **{"preprocess": SMALL, "reporter": Silent(), **settings})


def source(network: object, **settings: object) -> str:
    return made(network, **settings).spec.source
