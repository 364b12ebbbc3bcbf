"""Blocks and outputs of networks small enough to say what they are."""

import pytest
import torch
from torch import nn

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.layers import block_outputs, layer_outputs


class Twice(nn.Module):
    """One convolution that runs twice, one that never runs, one that gives a pair."""

    def __init__(self) -> None:
        super().__init__()
        self.again = nn.Conv2d(3, 3, 1)
        self.unused = nn.Linear(2, 2)
        self.pair = Pair()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first, second = self.pair(self.again(self.again(images)))
        return first + second


class Pair(nn.Module):
    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return images, images


def block(channels: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU())


def test_what_cannot_be_a_layer_says_why() -> None:
    outputs = {each.name: each for each in layer_outputs(Twice(), (8, 8))}
    assert outputs["again"].reason == "runs 2 times"
    assert outputs["unused"].reason == "never runs"
    assert outputs["pair"].reason == "puts out tuple, not a tensor"
    assert all(each.n_features is None for each in outputs.values())


def test_shapes_come_in_the_order_of_the_forward_pass_and_nothing_stays_hooked() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.Flatten(), nn.Linear(4 * 3 * 3, 5)).train()
    outputs = layer_outputs(network, (8, 8))
    assert [(each.name, each.shape, each.n_features) for each in outputs] == [
        ("0", (4, 3, 3), 36),
        ("1", (36,), 36),
        ("2", (5,), 5),
    ]
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())


def test_a_stage_gives_its_blocks_and_a_plain_sequence_its_activations() -> None:
    network = nn.Sequential()
    network.add_module("stem", block(3))
    network.add_module("stage", nn.Sequential(nn.Sequential(block(3)), nn.Sequential(block(3))))
    network.add_module("head", nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2)))
    assert block_outputs(network, (8, 8)) == ("stem.1", "stage.0.0", "stage.1.0")


def test_a_network_without_blocks_is_an_error() -> None:
    with pytest.raises(ModelLoadError, match="name its layers"):
        block_outputs(nn.Sequential(nn.Flatten()), (8, 8))
