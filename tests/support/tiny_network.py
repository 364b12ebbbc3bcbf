"""A small network, and how it is run on images."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet

PREPROCESSING = Preprocessing(size=(8, 8))


def run_all(
    network: nn.Module, stimuli: StimulusSet, *layers: str, forward: Mapping[str, Any] = {}, **options: Any
) -> list[LayerGram]:
    wanted = {"preprocessing": PREPROCESSING, "pooling": "flatten", "device": torch.device("cpu"), **forward}
    return list(extract(ForwardPass(network, stimuli, layers=layers, **wanted), **{"reporter": Silent(), **options}))


def run(network: nn.Module, stimuli: StimulusSet, layer: str, pooling: str = "flatten") -> LayerGram:
    (made,) = run_all(network, stimuli, layer, forward={"pooling": pooling})
    return made


class Stages(nn.Module):
    """Three stages that end in place on what the hook has seen, and a head that must never run after the last one."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stages = nn.ModuleList([nn.Conv2d(3, 64, 3), nn.Conv2d(64, 64, 3), nn.Conv2d(64, 8, 3)])
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(8, 2)
        self.heads_run = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        for stage in self.stages:
            images = self.act(stage(images))
        self.heads_run += 1
        output: torch.Tensor = self.head(images.mean(dim=(2, 3)))
        return output
